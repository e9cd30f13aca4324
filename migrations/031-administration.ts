import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys to the admin API; and the chain that each tenant's record hangs together by. */
export class Administration1795651210000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE admin_keys (
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
      )`);
    await runner.query(`CREATE UNIQUE INDEX admin_keys_digest_key ON admin_keys (tenant_id, digest)`);
    // Null until a worker has chained the row: those from before, and those that older processes write, are found the same way.
    await runner.query(`
      ALTER TABLE audit_entries
        ADD COLUMN request_id text,
        ADD COLUMN sequence integer,
        ADD COLUMN previous_hash bytea,
        ADD COLUMN hash bytea`);
    await runner.query(`CREATE UNIQUE INDEX audit_entries_sequence_key ON audit_entries (tenant_id, sequence)`);
    await runner.query(`CREATE INDEX audit_entries_unchained ON audit_entries (tenant_id, id) WHERE sequence IS NULL`);
    // No foreign keys: as the entries, they outlive their tenant.
    await runner.query(`
      CREATE TABLE audit_chains (
        tenant_id uuid NOT NULL,
        sequence integer NOT NULL DEFAULT 0,
        hash bytea NOT NULL,
        checkpoint_sequence integer NOT NULL DEFAULT 0,
        checkpoint_due_at timestamptz,
        CONSTRAINT audit_chains_pkey PRIMARY KEY (tenant_id)
      )`);
    await runner.query(
      `CREATE INDEX audit_chains_checkpoint_due ON audit_chains (checkpoint_due_at) WHERE checkpoint_due_at IS NOT NULL`,
    );
    await runner.query(`
      CREATE TABLE audit_checkpoints (
        tenant_id uuid NOT NULL,
        sequence integer NOT NULL,
        at timestamptz NOT NULL,
        statement text NOT NULL,
        CONSTRAINT audit_checkpoints_pkey PRIMARY KEY (tenant_id, sequence)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE audit_checkpoints`);
    await runner.query(`DROP TABLE audit_chains`);
    await runner.query(`DROP INDEX audit_entries_unchained`);
    await runner.query(`DROP INDEX audit_entries_sequence_key`);
    await runner.query(`
      ALTER TABLE audit_entries DROP COLUMN hash, DROP COLUMN previous_hash, DROP COLUMN sequence, DROP COLUMN request_id`);
    await runner.query(`DROP TABLE admin_keys`);
  }
}
