import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Connections1795305606000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE connections (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        app_id uuid NOT NULL,
        title text NOT NULL,
        status text NOT NULL,
        status_reason text,
        status_since timestamptz NOT NULL,
        account_id text,
        account_title text,
        scopes text[] NOT NULL DEFAULT '{}',
        expires_at timestamptz,
        last_refreshed_at timestamptz NOT NULL,
        refresh_failures integer NOT NULL DEFAULT 0,
        metadata jsonb NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT now(),
        due_at timestamptz,
        lease_until timestamptz,
        lease_owner text,
        version integer NOT NULL DEFAULT 0,
        CONSTRAINT connections_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT connections_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps (id),
        CONSTRAINT connections_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT connections_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT connections_status_check CHECK (status IN ('pending', 'connected', 'degraded', 'needs_reauth', 'disabled'))
      )`);
    await runner.query(`CREATE INDEX connections_of_user ON connections (tenant_id, user_id, app_id)`);
    await runner.query(`CREATE INDEX connections_due ON connections (due_at) WHERE due_at IS NOT NULL`);
    await runner.query(`CREATE INDEX connections_pending ON connections (status_since) WHERE status = 'pending'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE connections`);
  }
}
