import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Tenants1795305600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE tenants (
        id uuid NOT NULL,
        slug text NOT NULL,
        name text NOT NULL,
        issuer text NOT NULL,
        audience text NOT NULL,
        user_claim text NOT NULL DEFAULT 'sub',
        org_claim text NOT NULL DEFAULT 'org_id',
        max_token_age_seconds integer NOT NULL DEFAULT 300,
        jti_policy text NOT NULL DEFAULT 'optional',
        connect_policy text NOT NULL DEFAULT 'strict',
        redirect_uris text[] NOT NULL DEFAULT '{}',
        origins text[] NOT NULL DEFAULT '{}',
        login_url text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT tenants_pkey PRIMARY KEY (id),
        CONSTRAINT tenants_slug_key UNIQUE (slug),
        CONSTRAINT tenants_jti_policy_check CHECK (jti_policy IN ('optional', 'required')),
        CONSTRAINT tenants_connect_policy_check CHECK (connect_policy IN ('strict', 'zapier'))
      )`);
    await runner.query(`
      CREATE TABLE clients (
        tenant_id uuid NOT NULL,
        client_id text NOT NULL,
        name text NOT NULL,
        secret_digest bytea,
        grants text[] NOT NULL,
        scopes text[] NOT NULL,
        redirect_uris text[] NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT clients_pkey PRIMARY KEY (tenant_id, client_id),
        CONSTRAINT clients_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`);
    await runner.query(`
      CREATE TABLE users (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        org text NOT NULL,
        subject text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT users_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT users_subject_key UNIQUE (tenant_id, org, subject),
        CONSTRAINT users_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE users`);
    await runner.query(`DROP TABLE clients`);
    await runner.query(`DROP TABLE tenants`);
  }
}
