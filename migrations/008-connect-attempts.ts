import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ConnectAttempts1795305607000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE connect_attempts (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        app_id uuid NOT NULL,
        state text NOT NULL,
        code_digest bytea NOT NULL,
        code_expires_at timestamptz NOT NULL,
        cookie_digest bytea,
        oauth_state_digest bytea,
        connect_code_digest bytea,
        redirect_uri text,
        partner_state text,
        reconnect_id uuid,
        connection_id uuid,
        error text,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        CONSTRAINT connect_attempts_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT connect_attempts_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps (id),
        CONSTRAINT connect_attempts_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT connect_attempts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT connect_attempts_state_check CHECK (state IN ('issued', 'opened', 'consenting', 'pending', 'connected', 'failed'))
      )`);
    await runner.query(`CREATE INDEX connect_attempts_expires_at ON connect_attempts (expires_at)`);
    await runner.query(
      `CREATE UNIQUE INDEX connect_attempts_oauth_state ON connect_attempts (tenant_id, oauth_state_digest) WHERE oauth_state_digest IS NOT NULL`,
    );
    await runner.query(
      `CREATE UNIQUE INDEX connect_attempts_session_code ON connect_attempts (tenant_id, code_digest)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE connect_attempts`);
  }
}
