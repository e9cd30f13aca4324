import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SigningKeys1795305602000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE signing_keys (
        tenant_id uuid NOT NULL,
        kid text NOT NULL,
        alg text NOT NULL,
        public_jwk jsonb NOT NULL,
        state text NOT NULL,
        activates_at timestamptz NOT NULL,
        retires_at timestamptz,
        last_used_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT signing_keys_pkey PRIMARY KEY (tenant_id, kid),
        CONSTRAINT signing_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT signing_keys_state_check CHECK (state IN ('pending', 'active', 'retiring', 'revoked'))
      )`);
    await runner.query(
      `CREATE UNIQUE INDEX one_active_key_per_tenant ON signing_keys (tenant_id) WHERE state = 'active'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE signing_keys`);
  }
}
