import type { MigrationInterface, QueryRunner } from 'typeorm';
import { fillColumns, inBatches } from './backfill.js';
import {
  addColumns,
  addConstraint,
  checkOneOf,
  createIndex,
  createTable,
  dropColumns,
  dropIndexes,
  dropTables,
  putConstraint,
  validateConstraint,
} from './online.js';

const STATES_BEFORE = ['queued', 'running', 'polling', 'succeeded', 'failed', 'outcome_unknown'];
const STATES = ['queued', 'running', 'polling', 'succeeded', 'failed', 'cancelled', 'outcome_unknown'];

export class RunRequests1795651204000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createTable(
      runner,
      'idempotency_keys',
      `CREATE TABLE idempotency_keys (
        tenant_id uuid NOT NULL,
        user_id uuid NOT NULL,
        key_digest bytea NOT NULL,
        fingerprint bytea NOT NULL,
        made_id uuid,
        status smallint,
        expires_at timestamptz NOT NULL,
        CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, user_id, key_digest),
        CONSTRAINT idempotency_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT idempotency_keys_status_check CHECK (status BETWEEN 200 AND 299)
      )`,
      `CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at)`,
    );
    await addColumns(runner, 'tenants', {
      run_retention_days: `integer NOT NULL DEFAULT 7
        CONSTRAINT tenants_run_retention_days_check CHECK (run_retention_days BETWEEN 2 AND 90)`,
    });
    await addConstraint(runner, 'runs', 'runs_state_check', checkOneOf('state', STATES));
    await addColumns(runner, 'runs', {
      callback_client_id: 'text',
      app_version: 'integer',
      expires_at: 'timestamptz',
    });
    await fillColumns(runner, 'runs', {
      expires_at: (run) => `${run}.created_at + interval '168 hours'`,
      app_version: (run) => `coalesce((SELECT apps.version FROM apps WHERE apps.id = ${run}.app_id), 1)`,
    });
    await createIndex(runner, 'runs_expires_at', 'runs (expires_at)');
    await dropIndexes(runner, 'runs_created_at');
    await createTable(
      runner,
      'run_callbacks',
      `CREATE TABLE run_callbacks (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL,
        lease_until timestamptz,
        lease_owner text,
        version integer NOT NULL DEFAULT 0,
        CONSTRAINT run_callbacks_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT run_callbacks_tenant_id_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES runs (tenant_id, id) ON DELETE CASCADE
      )`,
      `CREATE INDEX run_callbacks_due ON run_callbacks (due_at)`,
      `CREATE INDEX run_callbacks_in_turn ON run_callbacks (tenant_id, due_at)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTables(runner, 'run_callbacks');
    await createIndex(runner, 'runs_created_at', 'runs (created_at)');
    await dropIndexes(runner, 'runs_expires_at');
    // From here on none is added to those that were cancelled.
    await putConstraint(runner, 'runs', 'runs_state_check', checkOneOf('state', STATES_BEFORE));
    await inBatches(runner, 'runs', (rows) => `DELETE FROM runs WHERE ${rows} AND state = 'cancelled'`);
    await validateConstraint(runner, 'runs', 'runs_state_check');
    await dropColumns(runner, 'runs', 'callback_client_id', 'app_version', 'expires_at');
    await dropColumns(runner, 'tenants', 'run_retention_days');
    await dropTables(runner, 'idempotency_keys');
  }
}
