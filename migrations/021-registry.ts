import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Connections are owned, shared, marked as default, imported, and kept for a while after they are deleted; the outbox of events. */
export class Registry1795564805000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE events (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        type text NOT NULL,
        subject uuid NOT NULL,
        sequence integer NOT NULL,
        payload jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT events_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT events_sequence_key UNIQUE (tenant_id, subject, sequence),
        CONSTRAINT events_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT events_sequence_check CHECK (sequence > 0)
      )`);
    await runner.query(`CREATE INDEX events_created_at ON events (created_at)`);
    await runner.query(`
      ALTER TABLE connections
        ADD COLUMN sharing text NOT NULL DEFAULT 'private',
        ADD COLUMN is_default boolean NOT NULL DEFAULT false,
        ADD COLUMN external_id text,
        ADD COLUMN disabled_from text,
        ADD COLUMN warn_at timestamptz,
        ADD COLUMN event_sequence integer NOT NULL DEFAULT 0,
        ADD CONSTRAINT connections_sharing_check CHECK (sharing IN ('private', 'org', 'tenant')),
        DROP CONSTRAINT connections_status_check,
        ADD CONSTRAINT connections_status_check CHECK (status IN ('pending', 'connected', 'degraded', 'needs_reauth', 'disabled', 'deleted'))`);
    await runner.query(`
      UPDATE connections SET is_default = true WHERE (tenant_id, id) IN (
        SELECT DISTINCT ON (tenant_id, user_id, app_id) tenant_id, id FROM connections WHERE status <> 'pending'
         ORDER BY tenant_id, user_id, app_id, created_at, id)`);
    await runner.query(`
      CREATE UNIQUE INDEX connections_one_default_per_user_and_app ON connections (tenant_id, user_id, app_id) WHERE is_default`);
    await runner.query(`
      CREATE UNIQUE INDEX connections_one_per_external_id ON connections (tenant_id, external_id)
       WHERE external_id IS NOT NULL AND status <> 'deleted'`);
    await runner.query(
      `CREATE INDEX connections_with_others ON connections (tenant_id, app_id) WHERE sharing <> 'private'`,
    );
    await runner.query(`CREATE INDEX connections_deleted ON connections (status_since) WHERE status = 'deleted'`);
    await runner.query(`CREATE INDEX connections_warnings ON connections (warn_at) WHERE warn_at IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM connections WHERE status = 'deleted'`);
    for (const index of [
      'connections_warnings',
      'connections_deleted',
      'connections_with_others',
      'connections_one_per_external_id',
      'connections_one_default_per_user_and_app',
    ])
      await runner.query(`DROP INDEX ${index}`);
    await runner.query(`
      ALTER TABLE connections
        DROP CONSTRAINT connections_status_check,
        ADD CONSTRAINT connections_status_check CHECK (status IN ('pending', 'connected', 'degraded', 'needs_reauth', 'disabled')),
        DROP COLUMN event_sequence, DROP COLUMN warn_at, DROP COLUMN disabled_from, DROP COLUMN external_id,
        DROP COLUMN is_default, DROP COLUMN sharing`);
    await runner.query(`DROP TABLE events`);
  }
}
