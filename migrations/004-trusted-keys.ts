import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TrustedKeys1795305603000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE trusted_key_sets (
        tenant_id uuid NOT NULL,
        jwks_uri text,
        uploaded_keys jsonb,
        fetched_keys jsonb,
        fetched_at timestamptz,
        fresh_until timestamptz,
        last_error text,
        CONSTRAINT trusted_key_sets_pkey PRIMARY KEY (tenant_id),
        CONSTRAINT trusted_key_sets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`);
    await runner.query(`
      CREATE TABLE jti_uses (
        tenant_id uuid NOT NULL,
        digest bytea NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT jti_uses_pkey PRIMARY KEY (tenant_id, digest),
        CONSTRAINT jti_uses_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`);
    await runner.query(`CREATE INDEX jti_uses_expires_at ON jti_uses (expires_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE jti_uses`);
    await runner.query(`DROP TABLE trusted_key_sets`);
  }
}
