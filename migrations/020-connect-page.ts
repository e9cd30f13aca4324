import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the Connect page has to know: how it looks, what an attempt was asked to do, and links that start attempts. */
export class ConnectPage1795564804000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE tenants
        ADD COLUMN logo_url text,
        ADD COLUMN color text,
        ADD CONSTRAINT tenants_color_check CHECK (color ~ '^#[0-9a-f]{6}$')`);
    await runner.query(`
      CREATE TABLE connect_links (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        app_id uuid NOT NULL,
        user_title text,
        digest bytea NOT NULL,
        redirect_uri text,
        reconnect_id uuid,
        opened integer NOT NULL DEFAULT 0,
        used_at timestamptz,
        revoked_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        CONSTRAINT connect_links_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT connect_links_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps (id),
        CONSTRAINT connect_links_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT connect_links_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`);
    await runner.query(`CREATE UNIQUE INDEX connect_links_digest ON connect_links (tenant_id, digest)`);
    await runner.query(`CREATE INDEX connect_links_of_user ON connect_links (tenant_id, user_id)`);
    await runner.query(`CREATE INDEX connect_links_expires_at ON connect_links (expires_at)`);
    await runner.query(`
      ALTER TABLE connect_attempts
        ADD COLUMN link_id uuid,
        ADD COLUMN user_title text,
        ADD COLUMN origin text,
        ADD COLUMN fallback_uri text,
        ADD COLUMN theme text,
        ADD COLUMN any_account boolean NOT NULL DEFAULT false,
        ADD COLUMN tries integer NOT NULL DEFAULT 0,
        ADD COLUMN returned_at timestamptz,
        ADD COLUMN duplicate_id uuid,
        ADD CONSTRAINT connect_attempts_theme_check CHECK (theme IN ('light', 'dark')),
        ADD CONSTRAINT connect_attempts_tenant_id_link_id_fkey FOREIGN KEY (tenant_id, link_id)
          REFERENCES connect_links (tenant_id, id) ON DELETE CASCADE`);
    await runner.query(
      `CREATE INDEX connect_attempts_of_link ON connect_attempts (tenant_id, link_id) WHERE link_id IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX connect_attempts_of_link`);
    await runner.query(`
      ALTER TABLE connect_attempts
        DROP COLUMN link_id, DROP COLUMN user_title, DROP COLUMN origin, DROP COLUMN fallback_uri, DROP COLUMN theme,
        DROP COLUMN any_account, DROP COLUMN tries, DROP COLUMN returned_at, DROP COLUMN duplicate_id`);
    await runner.query(`DROP TABLE connect_links`);
    await runner.query(`ALTER TABLE tenants DROP COLUMN color, DROP COLUMN logo_url`);
  }
}
