import type { MigrationInterface, QueryRunner } from 'typeorm';
import { inBatches } from './backfill.js';
import {
  addColumns,
  addConstraint,
  checkOneOf,
  createIndex,
  createTable,
  createUniqueIndex,
  dropColumns,
  dropIndexes,
  dropTables,
  putConstraint,
  validateConstraint,
} from './online.js';

const STATUSES = ['pending', 'connected', 'degraded', 'needs_reauth', 'disabled'];

/** Connections are owned, shared, marked as default, imported, and kept for a while after they are deleted; the outbox of events. */
export class Registry1795564805000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createTable(
      runner,
      'events',
      `CREATE TABLE events (
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
      )`,
      `CREATE INDEX events_created_at ON events (created_at)`,
    );
    await addColumns(runner, 'connections', {
      sharing: `text NOT NULL DEFAULT 'private'`,
      is_default: 'boolean NOT NULL DEFAULT false',
      external_id: 'text',
      disabled_from: 'text',
      warn_at: 'timestamptz',
      event_sequence: 'integer NOT NULL DEFAULT 0',
    });
    const sharings = checkOneOf('sharing', ['private', 'org', 'tenant']);
    await addConstraint(runner, 'connections', 'connections_sharing_check', sharings);
    const statuses = checkOneOf('status', [...STATUSES, 'deleted']);
    await addConstraint(runner, 'connections', 'connections_status_check', statuses);
    await markDefaults(runner);
    await createIndexes(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    // From here on none is added to those that are deleted.
    await putConstraint(runner, 'connections', 'connections_status_check', checkOneOf('status', STATUSES));
    await inBatches(runner, 'connections', (rows) => `DELETE FROM connections WHERE ${rows} AND status = 'deleted'`);
    await validateConstraint(runner, 'connections', 'connections_status_check');
    await dropIndexes(
      runner,
      'connections_warnings',
      'connections_deleted',
      'connections_with_others',
      'connections_one_per_external_id',
      'connections_one_default_per_user_and_app',
    );
    await dropColumns(
      runner,
      'connections',
      'event_sequence',
      'warn_at',
      'disabled_from',
      'external_id',
      'is_default',
      'sharing',
    );
    await dropTables(runner, 'events');
  }
}

/** The oldest of those that a user has of an app, unless one is already: what is pending in one batch may be connected in the next. */
function markDefaults(runner: QueryRunner): Promise<void> {
  return inBatches(
    runner,
    'connections',
    (rows) => `
      UPDATE connections SET is_default = true WHERE (tenant_id, id) IN (
        SELECT DISTINCT oldest.tenant_id, oldest.id FROM connections CROSS JOIN LATERAL (
          SELECT tenant_id, id, is_default FROM connections own
           WHERE own.tenant_id = connections.tenant_id AND own.user_id = connections.user_id AND own.app_id = connections.app_id
             AND own.status <> 'pending'
           ORDER BY is_default DESC, created_at, id LIMIT 1) oldest
         WHERE ${rows} AND NOT oldest.is_default)`,
  );
}

async function createIndexes(runner: QueryRunner): Promise<void> {
  await createUniqueIndex(
    runner,
    'connections_one_default_per_user_and_app',
    'connections (tenant_id, user_id, app_id) WHERE is_default',
  );
  await createUniqueIndex(
    runner,
    'connections_one_per_external_id',
    `connections (tenant_id, external_id) WHERE external_id IS NOT NULL AND status <> 'deleted'`,
  );
  await createIndex(runner, 'connections_with_others', `connections (tenant_id, app_id) WHERE sharing <> 'private'`);
  await createIndex(runner, 'connections_deleted', `connections (status_since) WHERE status = 'deleted'`);
  await createIndex(runner, 'connections_warnings', 'connections (warn_at) WHERE warn_at IS NOT NULL');
}
