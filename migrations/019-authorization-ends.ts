import type { MigrationInterface, QueryRunner } from 'typeorm';
import { inBatches } from './backfill.js';
import { addColumns, createIndex, createTable, dropColumns, dropIndexes, dropTables, hasTable } from './online.js';

/** What ends together ends by one row; a form that is sent twice gets one answer; a client chooses its grace. */
export class AuthorizationEnds1795564803000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createTable(
      runner,
      'authorization_ends',
      `CREATE TABLE authorization_ends (
        tenant_id uuid NOT NULL,
        kind text NOT NULL,
        subject text NOT NULL,
        ended_at timestamptz NOT NULL,
        swept boolean NOT NULL DEFAULT false,
        CONSTRAINT authorization_ends_pkey PRIMARY KEY (tenant_id, kind, subject),
        CONSTRAINT authorization_ends_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT authorization_ends_kind_check CHECK (kind IN ('user', 'client', 'tenant'))
      )`,
      `CREATE INDEX authorization_ends_unswept ON authorization_ends (ended_at) WHERE NOT swept`,
    );
    await createTable(
      runner,
      'authorization_answers',
      `CREATE TABLE authorization_answers (
        tenant_id uuid NOT NULL,
        request_id uuid NOT NULL,
        cookie_digest bytea NOT NULL,
        location text NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT authorization_answers_pkey PRIMARY KEY (tenant_id, request_id),
        CONSTRAINT authorization_answers_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`,
      `CREATE INDEX authorization_answers_expires_at ON authorization_answers (expires_at)`,
    );
    // For deleting what is over with a client, batch by batch.
    await createIndex(runner, 'authorization_grants_client', 'authorization_grants (tenant_id, client_id)');
    await createIndex(runner, 'consents_client', 'consents (tenant_id, client_id)');
    await addColumns(runner, 'clients', {
      refresh_grace_seconds: `integer NOT NULL DEFAULT 30
        CONSTRAINT clients_refresh_grace_seconds_check CHECK (refresh_grace_seconds BETWEEN 0 AND 30)`,
    });
    // Null for attempts from before: within minutes there is none of them.
    await addColumns(runner, 'connect_attempts', { grant_id: 'uuid', root_id: 'text' });
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropColumns(runner, 'connect_attempts', 'root_id', 'grant_id');
    await dropColumns(runner, 'clients', 'refresh_grace_seconds');
    await dropIndexes(runner, 'consents_client', 'authorization_grants_client');
    await dropTables(runner, 'authorization_answers');
    if (await hasTable(runner, 'authorization_ends')) await revokeWhatEnded(runner);
    await dropTables(runner, 'authorization_ends');
  }
}

function revokeWhatEnded(runner: QueryRunner): Promise<void> {
  return inBatches(
    runner,
    'authorization_grants',
    (rows) => `
      UPDATE authorization_grants SET revoked_at = over.ended_at FROM authorization_ends over
       WHERE ${rows} AND over.tenant_id = authorization_grants.tenant_id AND over.ended_at > authorization_grants.created_at
         AND authorization_grants.revoked_at IS NULL AND (over.kind, over.subject) IN (('user', authorization_grants.user_id::text),
             ('client', authorization_grants.client_id), ('tenant', authorization_grants.tenant_id::text))`,
  );
}
