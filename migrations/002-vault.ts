import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Vault1795305601000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE data_keys (
        tenant_id uuid NOT NULL,
        generation integer NOT NULL,
        key_id text NOT NULL,
        wrapped bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT data_keys_pkey PRIMARY KEY (tenant_id, generation),
        CONSTRAINT data_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`);
    await runner.query(`
      CREATE TABLE vault_secrets (
        tenant_id uuid NOT NULL,
        kind text NOT NULL,
        row_id text NOT NULL,
        field text NOT NULL,
        version integer NOT NULL,
        generation integer NOT NULL,
        sealed bytea NOT NULL,
        CONSTRAINT vault_secrets_pkey PRIMARY KEY (tenant_id, kind, row_id, field),
        CONSTRAINT vault_secrets_tenant_id_generation_fkey FOREIGN KEY (tenant_id, generation) REFERENCES data_keys (tenant_id, generation) ON DELETE CASCADE
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE vault_secrets`);
    await runner.query(`DROP TABLE data_keys`);
  }
}
