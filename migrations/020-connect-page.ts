import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  addColumns,
  addConstraint,
  checkOneOf,
  createIndex,
  createTable,
  dropColumns,
  dropIndexes,
  dropTables,
} from './online.js';

/** What the Connect page has to know: how it looks, what an attempt was asked to do, and links that start attempts. */
export class ConnectPage1795564804000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await addColumns(runner, 'tenants', {
      logo_url: 'text',
      color: `text CONSTRAINT tenants_color_check CHECK (color ~ '^#[0-9a-f]{6}$')`,
    });
    await createTable(
      runner,
      'connect_links',
      `CREATE TABLE connect_links (
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
      )`,
      `CREATE UNIQUE INDEX connect_links_digest ON connect_links (tenant_id, digest)`,
      `CREATE INDEX connect_links_of_user ON connect_links (tenant_id, user_id)`,
      `CREATE INDEX connect_links_expires_at ON connect_links (expires_at)`,
    );
    await addColumns(runner, 'connect_attempts', {
      link_id: 'uuid',
      user_title: 'text',
      origin: 'text',
      fallback_uri: 'text',
      theme: 'text',
      any_account: 'boolean NOT NULL DEFAULT false',
      tries: 'integer NOT NULL DEFAULT 0',
      returned_at: 'timestamptz',
      duplicate_id: 'uuid',
    });
    await addConstraint(
      runner,
      'connect_attempts',
      'connect_attempts_theme_check',
      checkOneOf('theme', ['light', 'dark']),
    );
    await addConstraint(
      runner,
      'connect_attempts',
      'connect_attempts_tenant_id_link_id_fkey',
      'FOREIGN KEY (tenant_id, link_id) REFERENCES connect_links(tenant_id, id) ON DELETE CASCADE',
    );
    await createIndex(
      runner,
      'connect_attempts_of_link',
      'connect_attempts (tenant_id, link_id) WHERE link_id IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropIndexes(runner, 'connect_attempts_of_link');
    await dropColumns(
      runner,
      'connect_attempts',
      'link_id',
      'user_title',
      'origin',
      'fallback_uri',
      'theme',
      'any_account',
      'tries',
      'returned_at',
      'duplicate_id',
    );
    await dropTables(runner, 'connect_links');
    await dropColumns(runner, 'tenants', 'color', 'logo_url');
  }
}
