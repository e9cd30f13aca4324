import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  addColumns,
  addConstraint,
  alter,
  createIndex,
  createTable,
  dropColumns,
  dropConstraint,
  dropIndexes,
  dropTables,
  hasColumn,
  setNotNull,
} from './online.js';

const DATA_KEY = 'FOREIGN KEY (tenant_id, generation) REFERENCES data_keys(tenant_id, generation)';

/** Data keys that are counted, replaced, re-wrapped and destroyed; tenants that are deleted. */
export class VaultRotation1795564800000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await addColumns(runner, 'data_keys', { seals: 'bigint NOT NULL DEFAULT 0' });
    await alter(runner, 'data_keys', 'ALTER COLUMN wrapped DROP NOT NULL');
    // A data key that still opens something can't be deleted; the tenant's end takes both.
    await addConstraint(
      runner,
      'vault_secrets',
      'vault_secrets_tenant_id_fkey',
      'FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE',
    );
    await addConstraint(runner, 'vault_secrets', 'vault_secrets_tenant_id_generation_fkey', DATA_KEY);
    await createIndex(runner, 'vault_secrets_generation', 'vault_secrets (tenant_id, generation)');
    await addColumns(runner, 'tenants', { deleted_at: 'timestamptz' });
    await createIndex(runner, 'tenants_deleted_at', 'tenants (deleted_at) WHERE deleted_at IS NOT NULL');
    // No foreign key: a tombstone is to outlive the tenant, and to come before it when a backup is restored.
    await createTable(
      runner,
      'tombstones',
      `CREATE TABLE tombstones (
        tenant_id uuid NOT NULL,
        slug text NOT NULL,
        shredded_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT tombstones_pkey PRIMARY KEY (tenant_id)
      )`,
      `CREATE INDEX tombstones_changed_at ON tombstones (changed_at)`,
    );
    await createRewraps(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTables(runner, 'rewrap_parts', 'rewraps', 'tombstones');
    // Without their keys the older release could only fail on them.
    if (await hasColumn(runner, 'tenants', 'deleted_at'))
      await runner.manager.transaction(() => runner.query(`DELETE FROM tenants WHERE deleted_at IS NOT NULL`));
    await dropColumns(runner, 'tenants', 'deleted_at');
    await dropIndexes(runner, 'vault_secrets_generation');
    await addConstraint(
      runner,
      'vault_secrets',
      'vault_secrets_tenant_id_generation_fkey',
      `${DATA_KEY} ON DELETE CASCADE`,
    );
    await dropConstraint(runner, 'vault_secrets', 'vault_secrets_tenant_id_fkey');
    await setNotNull(runner, 'data_keys', 'wrapped');
    await dropColumns(runner, 'data_keys', 'seals');
  }
}

async function createRewraps(runner: QueryRunner): Promise<void> {
  await createTable(
    runner,
    'rewraps',
    `CREATE TABLE rewraps (
      tenant_id uuid NOT NULL,
      id uuid NOT NULL,
      data_keys text NOT NULL,
      key_id text NOT NULL,
      started_at timestamptz NOT NULL,
      finished_at timestamptz,
      state text NOT NULL,
      CONSTRAINT rewraps_pkey PRIMARY KEY (tenant_id, id),
      CONSTRAINT rewraps_data_keys_check CHECK (data_keys IN ('keep', 'replace')),
      CONSTRAINT rewraps_state_check CHECK (state IN ('running', 'finished', 'abandoned'))
    )`,
    `CREATE UNIQUE INDEX one_running_rewrap ON rewraps (tenant_id) WHERE state = 'running'`,
  );
  await createTable(
    runner,
    'rewrap_parts',
    `CREATE TABLE rewrap_parts (
      tenant_id uuid NOT NULL,
      rewrap_id uuid NOT NULL,
      total integer NOT NULL,
      done integer NOT NULL DEFAULT 0,
      failed integer NOT NULL DEFAULT 0,
      generation integer,
      after_place text[],
      due_at timestamptz NOT NULL,
      finished_at timestamptz,
      CONSTRAINT rewrap_parts_pkey PRIMARY KEY (tenant_id, rewrap_id),
      CONSTRAINT rewrap_parts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
    )`,
    `CREATE INDEX rewrap_parts_open ON rewrap_parts (rewrap_id, due_at) WHERE finished_at IS NULL`,
  );
}
