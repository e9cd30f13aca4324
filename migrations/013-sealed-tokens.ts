import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Access tokens hold what they say, sealed (docs/decisions/0003). Those issued before end here: whoever held one exchanges again. */
export class SealedTokens1795478400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE sealing_keys (
        tenant_id uuid NOT NULL,
        generation integer NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT sealing_keys_pkey PRIMARY KEY (tenant_id, generation)
      )`);
    await runner.query(`
      CREATE TABLE denials (
        tenant_id uuid NOT NULL,
        kind text NOT NULL,
        subject text NOT NULL,
        issued_before timestamptz,
        expires_at timestamptz,
        changed_at timestamptz NOT NULL,
        CONSTRAINT denials_pkey PRIMARY KEY (tenant_id, kind, subject),
        CONSTRAINT denials_kind_check CHECK (kind IN ('token', 'grant', 'user', 'client', 'tenant'))
      )`);
    await runner.query(`CREATE INDEX denials_changed_at ON denials (changed_at)`);
    await runner.query(`CREATE INDEX denials_expires_at ON denials (expires_at) WHERE expires_at IS NOT NULL`);
    await runner.query(`DROP TABLE access_tokens`);
    await runner.query(`ALTER TABLE tenants ADD COLUMN disabled_at timestamptz`);
    await runner.query(`ALTER TABLE users ADD COLUMN disabled_at timestamptz`);
    await runner.query(`
      ALTER TABLE clients
        ADD COLUMN disabled_at timestamptz,
        ADD COLUMN previous_secret_digest bytea,
        ADD COLUMN previous_secret_until timestamptz`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE clients DROP COLUMN disabled_at, DROP COLUMN previous_secret_digest, DROP COLUMN previous_secret_until`,
    );
    await runner.query(`ALTER TABLE users DROP COLUMN disabled_at`);
    await runner.query(`ALTER TABLE tenants DROP COLUMN disabled_at`);
    await runner.query(`
      CREATE TABLE access_tokens (
        tenant_id uuid NOT NULL,
        digest bytea NOT NULL,
        kind text NOT NULL,
        client_id text NOT NULL,
        user_id uuid NOT NULL,
        scopes text[] NOT NULL,
        origin text,
        expires_at timestamptz NOT NULL,
        CONSTRAINT access_tokens_pkey PRIMARY KEY (tenant_id, digest),
        CONSTRAINT access_tokens_tenant_id_client_id_fkey FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, client_id) ON DELETE CASCADE,
        CONSTRAINT access_tokens_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT access_tokens_kind_check CHECK (kind IN ('access', 'browser'))
      )`);
    await runner.query(`CREATE INDEX access_tokens_expires_at ON access_tokens (expires_at)`);
    await runner.query(`DROP TABLE denials`);
    await runner.query(`DROP TABLE sealing_keys`);
  }
}
