import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AccessTokens1795305604000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
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
        CONSTRAINT access_tokens_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT access_tokens_tenant_id_client_id_fkey FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, client_id) ON DELETE CASCADE,
        CONSTRAINT access_tokens_kind_check CHECK (kind IN ('access', 'browser'))
      )`);
    await runner.query(`CREATE INDEX access_tokens_expires_at ON access_tokens (expires_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE access_tokens`);
  }
}
