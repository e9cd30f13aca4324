import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Catalog1795305605000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE apps (
        id uuid NOT NULL,
        key text NOT NULL,
        title text NOT NULL,
        source text NOT NULL,
        definition jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT apps_pkey PRIMARY KEY (id),
        CONSTRAINT apps_key_key UNIQUE (key),
        CONSTRAINT apps_source_check CHECK (source IN ('admin', 'file'))
      )`);
    await runner.query(`
      CREATE TABLE tenant_apps (
        tenant_id uuid NOT NULL,
        app_id uuid NOT NULL,
        enabled boolean NOT NULL DEFAULT true,
        oauth_client_id text,
        scopes text[],
        server_url text,
        CONSTRAINT tenant_apps_pkey PRIMARY KEY (tenant_id, app_id),
        CONSTRAINT tenant_apps_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps (id),
        CONSTRAINT tenant_apps_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE tenant_apps`);
    await runner.query(`DROP TABLE apps`);
  }
}
