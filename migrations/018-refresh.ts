import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addColumns, createIndex, createTable, dropColumns, dropIndexes, dropTables } from './online.js';

/** Refreshes whose outcome is unknown are on record, with what was kept of them; circuits per tenant and app; workers say that they live. */
export class Refresh1795564802000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await addColumns(runner, 'connections', {
      attempt_at: 'timestamptz',
      first_attempt_at: 'timestamptz',
      attempt_version: 'integer',
      attempts: 'integer NOT NULL DEFAULT 0',
      failing_since: 'timestamptz',
      keep_alive_seconds: 'integer',
    });
    await createIndex(runner, 'connections_due_of_tenant', 'connections (tenant_id, due_at) WHERE due_at IS NOT NULL');
    await createIndex(runner, 'connections_leased', 'connections (lease_owner) WHERE lease_owner IS NOT NULL');
    await createTable(
      runner,
      'orphaned_answers',
      `CREATE TABLE orphaned_answers (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        connection_id uuid NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT orphaned_answers_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT orphaned_answers_tenant_id_connection_id_fkey FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id) ON DELETE CASCADE
      )`,
      `CREATE INDEX orphaned_answers_of_connection ON orphaned_answers (tenant_id, connection_id)`,
      `CREATE INDEX orphaned_answers_expiring ON orphaned_answers (expires_at)`,
    );
    await createTable(
      runner,
      'refresh_circuits',
      `CREATE TABLE refresh_circuits (
        tenant_id uuid NOT NULL,
        app_id uuid NOT NULL,
        failing uuid[] NOT NULL,
        reason text NOT NULL,
        opened_at timestamptz,
        probe_at timestamptz,
        CONSTRAINT refresh_circuits_pkey PRIMARY KEY (tenant_id, app_id),
        CONSTRAINT refresh_circuits_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps (id) ON DELETE CASCADE,
        CONSTRAINT refresh_circuits_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`,
    );
    await createTable(
      runner,
      'workers',
      `CREATE TABLE workers (
        id text NOT NULL,
        seen_at timestamptz NOT NULL,
        CONSTRAINT workers_pkey PRIMARY KEY (id)
      )`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTables(runner, 'workers', 'refresh_circuits', 'orphaned_answers');
    await dropIndexes(runner, 'connections_leased', 'connections_due_of_tenant');
    await dropColumns(
      runner,
      'connections',
      'attempt_at',
      'first_attempt_at',
      'attempt_version',
      'attempts',
      'failing_since',
      'keep_alive_seconds',
    );
  }
}
