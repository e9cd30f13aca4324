import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Authorization1795478401000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createRequests(runner);
    await createGrants(runner);
    await createTokens(runner);
    await runner.query(`
      CREATE TABLE consents (
        tenant_id uuid NOT NULL,
        user_id uuid NOT NULL,
        client_id text NOT NULL,
        scopes text[] NOT NULL,
        given_at timestamptz NOT NULL,
        CONSTRAINT consents_pkey PRIMARY KEY (tenant_id, user_id, client_id),
        CONSTRAINT consents_tenant_id_client_id_fkey FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, client_id) ON DELETE CASCADE,
        CONSTRAINT consents_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE consents`);
    await runner.query(`DROP TABLE refresh_tokens`);
    await runner.query(`DROP TABLE authorization_codes`);
    await runner.query(`DROP TABLE authorization_grants`);
    await runner.query(`DROP TABLE authorization_requests`);
  }
}

async function createRequests(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE authorization_requests (
      tenant_id uuid NOT NULL,
      id uuid NOT NULL,
      challenge_digest bytea NOT NULL,
      cookie_digest bytea NOT NULL,
      client_id text NOT NULL,
      response_type text NOT NULL,
      redirect_uri text NOT NULL,
      redirect_uri_given boolean NOT NULL,
      scopes text[] NOT NULL,
      state text,
      code_challenge text,
      consent_forced boolean NOT NULL,
      user_id uuid,
      expires_at timestamptz NOT NULL,
      CONSTRAINT authorization_requests_pkey PRIMARY KEY (tenant_id, id),
      CONSTRAINT authorization_requests_tenant_id_client_id_fkey FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, client_id) ON DELETE CASCADE,
      CONSTRAINT authorization_requests_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
      CONSTRAINT authorization_requests_response_type_check CHECK (response_type IN ('code', 'token'))
    )`);
  await runner.query(
    `CREATE UNIQUE INDEX authorization_requests_challenge ON authorization_requests (tenant_id, challenge_digest)`,
  );
  await runner.query(`CREATE INDEX authorization_requests_expires_at ON authorization_requests (expires_at)`);
}

async function createGrants(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE authorization_grants (
      tenant_id uuid NOT NULL,
      id uuid NOT NULL,
      client_id text NOT NULL,
      user_id uuid NOT NULL,
      scopes text[] NOT NULL,
      created_at timestamptz NOT NULL,
      revoked_at timestamptz,
      expires_at timestamptz,
      CONSTRAINT authorization_grants_pkey PRIMARY KEY (tenant_id, id),
      CONSTRAINT authorization_grants_tenant_id_client_id_fkey FOREIGN KEY (tenant_id, client_id) REFERENCES clients (tenant_id, client_id) ON DELETE CASCADE,
      CONSTRAINT authorization_grants_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
    )`);
  await runner.query(`CREATE INDEX authorization_grants_user ON authorization_grants (tenant_id, user_id)`);
  await runner.query(
    `CREATE INDEX authorization_grants_expires_at ON authorization_grants (expires_at) WHERE expires_at IS NOT NULL`,
  );
}

async function createTokens(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE authorization_codes (
      tenant_id uuid NOT NULL,
      digest bytea NOT NULL,
      grant_id uuid NOT NULL,
      redirect_uri text NOT NULL,
      redirect_uri_given boolean NOT NULL,
      code_challenge text,
      expires_at timestamptz NOT NULL,
      used_at timestamptz,
      CONSTRAINT authorization_codes_pkey PRIMARY KEY (tenant_id, digest),
      CONSTRAINT authorization_codes_tenant_id_grant_id_fkey FOREIGN KEY (tenant_id, grant_id) REFERENCES authorization_grants (tenant_id, id) ON DELETE CASCADE
    )`);
  await runner.query(`CREATE INDEX authorization_codes_grant ON authorization_codes (tenant_id, grant_id)`);
  await runner.query(`
    CREATE TABLE refresh_tokens (
      tenant_id uuid NOT NULL,
      digest bytea NOT NULL,
      grant_id uuid NOT NULL,
      generation integer NOT NULL,
      spent_at timestamptz,
      successor text,
      CONSTRAINT refresh_tokens_pkey PRIMARY KEY (tenant_id, digest),
      CONSTRAINT refresh_tokens_tenant_id_grant_id_fkey FOREIGN KEY (tenant_id, grant_id) REFERENCES authorization_grants (tenant_id, id) ON DELETE CASCADE
    )`);
  await runner.query(
    `CREATE UNIQUE INDEX refresh_tokens_one_successor ON refresh_tokens (tenant_id, grant_id, generation)`,
  );
  await runner.query(`CREATE INDEX refresh_tokens_spent_at ON refresh_tokens (spent_at) WHERE spent_at IS NOT NULL`);
  await runner.query(`CREATE INDEX refresh_tokens_in_grace ON refresh_tokens (spent_at) WHERE successor IS NOT NULL`);
}
