import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  addColumns,
  createIndex,
  createTable,
  createUniqueIndex,
  dropColumns,
  dropIndexes,
  dropTables,
} from './online.js';

/** Keys to the admin API; and the chain that each tenant's record hangs together by. */
export class Administration1795651210000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createTable(
      runner,
      'admin_keys',
      `CREATE TABLE admin_keys (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        digest bytea NOT NULL,
        name text NOT NULL,
        read_only boolean NOT NULL,
        expires_at timestamptz,
        last_used_at timestamptz,
        revoked_at timestamptz,
        created_at timestamptz NOT NULL,
        CONSTRAINT admin_keys_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT admin_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`,
      `CREATE UNIQUE INDEX admin_keys_digest_key ON admin_keys (tenant_id, digest)`,
    );
    // Null until a worker has chained the row: those from before, and those that older processes write, are found the same way.
    await addColumns(runner, 'audit_entries', {
      request_id: 'text',
      sequence: 'integer',
      previous_hash: 'bytea',
      hash: 'bytea',
    });
    await createUniqueIndex(runner, 'audit_entries_sequence_key', 'audit_entries (tenant_id, sequence)');
    await createIndex(runner, 'audit_entries_unchained', 'audit_entries (tenant_id, id) WHERE sequence IS NULL');
    // No foreign keys: as the entries, they outlive their tenant.
    await createTable(
      runner,
      'audit_chains',
      `CREATE TABLE audit_chains (
        tenant_id uuid NOT NULL,
        sequence integer NOT NULL DEFAULT 0,
        hash bytea NOT NULL,
        checkpoint_sequence integer NOT NULL DEFAULT 0,
        checkpoint_due_at timestamptz,
        CONSTRAINT audit_chains_pkey PRIMARY KEY (tenant_id)
      )`,
      `CREATE INDEX audit_chains_checkpoint_due ON audit_chains (checkpoint_due_at) WHERE checkpoint_due_at IS NOT NULL`,
    );
    await createTable(
      runner,
      'audit_checkpoints',
      `CREATE TABLE audit_checkpoints (
        tenant_id uuid NOT NULL,
        sequence integer NOT NULL,
        at timestamptz NOT NULL,
        statement text NOT NULL,
        CONSTRAINT audit_checkpoints_pkey PRIMARY KEY (tenant_id, sequence)
      )`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTables(runner, 'audit_checkpoints', 'audit_chains');
    await dropIndexes(runner, 'audit_entries_unchained', 'audit_entries_sequence_key');
    await dropColumns(runner, 'audit_entries', 'hash', 'previous_hash', 'sequence', 'request_id');
    await dropTables(runner, 'admin_keys');
  }
}
