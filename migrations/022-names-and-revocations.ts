import type { MigrationInterface, QueryRunner } from 'typeorm';
import { inBatches } from './backfill.js';
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

const STATES = ['issued', 'opened', 'consenting', 'pending', 'connected', 'failed'];

/** What a tenant calls its users; revocations that outlive the process that began them; attempts that nobody ended in time. */
export class NamesAndRevocations1795564806000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await addColumns(runner, 'users', { display_name: 'text' });
    await createTable(
      runner,
      'due_revocations',
      `CREATE TABLE due_revocations (
        tenant_id uuid NOT NULL,
        connection_id uuid NOT NULL,
        app_id uuid NOT NULL,
        actor text NOT NULL,
        address text,
        due_at timestamptz NOT NULL,
        CONSTRAINT due_revocations_pkey PRIMARY KEY (tenant_id, connection_id),
        CONSTRAINT due_revocations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT due_revocations_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps (id)
      )`,
      `CREATE INDEX due_revocations_due_at ON due_revocations (due_at)`,
    );
    const states = checkOneOf('state', [...STATES, 'abandoned']);
    await addConstraint(runner, 'connect_attempts', 'connect_attempts_state_check', states);
    await createIndex(
      runner,
      'connect_attempts_under_way',
      `connect_attempts (expires_at) WHERE state IN ('opened', 'consenting', 'pending')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropIndexes(runner, 'connect_attempts_under_way');
    // From here on none is added to those that were abandoned.
    await putConstraint(runner, 'connect_attempts', 'connect_attempts_state_check', checkOneOf('state', STATES));
    await inBatches(
      runner,
      'connect_attempts',
      (rows) => `DELETE FROM connect_attempts WHERE ${rows} AND state = 'abandoned'`,
    );
    await validateConstraint(runner, 'connect_attempts', 'connect_attempts_state_check');
    await inBatches(
      runner,
      'vault_secrets',
      (rows) => `DELETE FROM vault_secrets WHERE ${rows} AND kind = 'connection' AND field = 'to_revoke'`,
    );
    await dropTables(runner, 'due_revocations');
    await dropColumns(runner, 'users', 'display_name');
  }
}
