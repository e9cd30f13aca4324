import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What ends together ends by one row; a form that is sent twice gets one answer; a client chooses its grace. */
export class AuthorizationEnds1795564803000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE authorization_ends (
        tenant_id uuid NOT NULL,
        kind text NOT NULL,
        subject text NOT NULL,
        ended_at timestamptz NOT NULL,
        swept boolean NOT NULL DEFAULT false,
        CONSTRAINT authorization_ends_pkey PRIMARY KEY (tenant_id, kind, subject),
        CONSTRAINT authorization_ends_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT authorization_ends_kind_check CHECK (kind IN ('user', 'client', 'tenant'))
      )`);
    await runner.query(`CREATE INDEX authorization_ends_unswept ON authorization_ends (ended_at) WHERE NOT swept`);
    await runner.query(`
      CREATE TABLE authorization_answers (
        tenant_id uuid NOT NULL,
        request_id uuid NOT NULL,
        cookie_digest bytea NOT NULL,
        location text NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT authorization_answers_pkey PRIMARY KEY (tenant_id, request_id),
        CONSTRAINT authorization_answers_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`);
    await runner.query(`CREATE INDEX authorization_answers_expires_at ON authorization_answers (expires_at)`);
    // For deleting what is over with a client, batch by batch.
    await runner.query(`CREATE INDEX authorization_grants_client ON authorization_grants (tenant_id, client_id)`);
    await runner.query(`CREATE INDEX consents_client ON consents (tenant_id, client_id)`);
    await runner.query(`
      ALTER TABLE clients
        ADD COLUMN refresh_grace_seconds integer NOT NULL DEFAULT 30,
        ADD CONSTRAINT clients_refresh_grace_seconds_check CHECK (refresh_grace_seconds BETWEEN 0 AND 30)`);
    // Null for attempts from before: within minutes there is none of them.
    await runner.query(`ALTER TABLE connect_attempts ADD COLUMN grant_id uuid, ADD COLUMN root_id text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE connect_attempts DROP COLUMN root_id, DROP COLUMN grant_id`);
    await runner.query(`ALTER TABLE clients DROP COLUMN refresh_grace_seconds`);
    await runner.query(`DROP INDEX consents_client`);
    await runner.query(`DROP INDEX authorization_grants_client`);
    await runner.query(`DROP TABLE authorization_answers`);
    await runner.query(`
      UPDATE authorization_grants g SET revoked_at = over.ended_at FROM authorization_ends over
       WHERE over.tenant_id = g.tenant_id AND over.ended_at > g.created_at AND g.revoked_at IS NULL
         AND (over.kind, over.subject) IN (('user', g.user_id::text), ('client', g.client_id), ('tenant', g.tenant_id::text))`);
    await runner.query(`DROP TABLE authorization_ends`);
  }
}
