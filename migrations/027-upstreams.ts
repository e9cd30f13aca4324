import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Upstreams1795651205000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE upstreams (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        name text NOT NULL,
        title text NOT NULL,
        mode text NOT NULL,
        enabled boolean NOT NULL DEFAULT true,
        api_url text NOT NULL,
        token_url text NOT NULL,
        authorize_url text,
        connect_url text NOT NULL,
        jwks_url text NOT NULL,
        client_id text NOT NULL,
        issuer text NOT NULL,
        audience text NOT NULL,
        user_claim text NOT NULL DEFAULT 'sub',
        org_claim text NOT NULL DEFAULT 'org_id',
        scopes text[] NOT NULL,
        connect text NOT NULL DEFAULT 'page',
        implicit boolean NOT NULL DEFAULT false,
        calls_per_address integer NOT NULL DEFAULT 60,
        calls_per_partner integer NOT NULL DEFAULT 150,
        window_seconds double precision NOT NULL DEFAULT 60,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        answered_at timestamptz,
        failures integer NOT NULL DEFAULT 0,
        failing_since timestamptz,
        last_failure text,
        paused_until timestamptz,
        synced_at timestamptz,
        sync_offset integer NOT NULL DEFAULT 0,
        sync_began_at timestamptz,
        due_at timestamptz,
        lease_until timestamptz,
        lease_owner text,
        version integer NOT NULL DEFAULT 0,
        CONSTRAINT upstreams_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT upstreams_tenant_id_name_key UNIQUE (tenant_id, name),
        CONSTRAINT upstreams_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT upstreams_mode_check CHECK (mode IN ('jwt', 'user', 'app')),
        CONSTRAINT upstreams_connect_check CHECK (connect IN ('page', 'direct', 'popup'))
      )`);
    await runner.query(`
      CREATE TABLE upstream_apps (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        upstream_id uuid NOT NULL,
        remote_id text NOT NULL,
        key text NOT NULL,
        remote_key text NOT NULL,
        title text NOT NULL,
        description text NOT NULL,
        image text,
        categories text[] NOT NULL,
        action_types text[] NOT NULL,
        seen_at timestamptz NOT NULL,
        CONSTRAINT upstream_apps_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT upstream_apps_tenant_id_upstream_id_fkey FOREIGN KEY (tenant_id, upstream_id)
          REFERENCES upstreams (tenant_id, id) ON DELETE CASCADE
      )`);
    await runner.query(
      `CREATE UNIQUE INDEX upstream_apps_remote_id ON upstream_apps (tenant_id, upstream_id, remote_id)`,
    );
    await runner.query(`CREATE UNIQUE INDEX upstream_apps_key ON upstream_apps (tenant_id, key)`);
    await runner.query(`CREATE INDEX upstream_apps_title ON upstream_apps (tenant_id, title, key)`);
    await runner.query(`
      CREATE TABLE upstream_tokens (
        tenant_id uuid NOT NULL,
        upstream_id uuid NOT NULL,
        subject_id uuid NOT NULL,
        expires_at timestamptz,
        lease_until timestamptz,
        version integer NOT NULL DEFAULT 0,
        CONSTRAINT upstream_tokens_pkey PRIMARY KEY (tenant_id, upstream_id, subject_id),
        CONSTRAINT upstream_tokens_tenant_id_upstream_id_fkey FOREIGN KEY (tenant_id, upstream_id)
          REFERENCES upstreams (tenant_id, id) ON DELETE CASCADE
      )`);
    await runner.query(`
      CREATE TABLE upstream_budgets (
        bucket text NOT NULL,
        booked_until double precision NOT NULL,
        paused_until double precision,
        CONSTRAINT upstream_budgets_pkey PRIMARY KEY (bucket)
      )`);
    // An app that comes through a tenant's upstream is that tenant's own: two tenants may each have theirs of one key.
    await runner.query(`
      ALTER TABLE apps
        ADD COLUMN tenant_id uuid,
        ADD CONSTRAINT apps_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        DROP CONSTRAINT apps_source_check,
        ADD CONSTRAINT apps_source_check
          CHECK (source IN ('admin', 'file', 'upstream') AND (source = 'upstream') = (tenant_id IS NOT NULL)),
        DROP CONSTRAINT apps_key_key`);
    await runner.query(`CREATE UNIQUE INDEX apps_key ON apps (key) WHERE tenant_id IS NULL`);
    await runner.query(`CREATE UNIQUE INDEX apps_key_of_tenant ON apps (tenant_id, key) WHERE tenant_id IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM runs WHERE app_id IN (SELECT id FROM apps WHERE source = 'upstream')`);
    for (const table of ['connect_attempts', 'connect_links', 'connections', 'tenant_apps']) {
      await runner.query(`DELETE FROM ${table} WHERE app_id IN (SELECT id FROM apps WHERE source = 'upstream')`);
    }
    await runner.query(`DELETE FROM apps WHERE source = 'upstream'`);
    await runner.query(`DROP INDEX apps_key, apps_key_of_tenant`);
    await runner.query(`
      ALTER TABLE apps
        DROP CONSTRAINT apps_source_check,
        ADD CONSTRAINT apps_source_check CHECK (source IN ('admin', 'file')),
        DROP COLUMN tenant_id,
        ADD CONSTRAINT apps_key_key UNIQUE (key)`);
    for (const table of ['upstream_budgets', 'upstream_tokens', 'upstream_apps', 'upstreams'])
      await runner.query(`DROP TABLE ${table}`);
  }
}
