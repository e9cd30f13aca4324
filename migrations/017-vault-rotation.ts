import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Data keys that are counted, replaced, re-wrapped and destroyed; tenants that are deleted. */
export class VaultRotation1795564800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE data_keys ADD COLUMN seals bigint NOT NULL DEFAULT 0`);
    await runner.query(`ALTER TABLE data_keys ALTER COLUMN wrapped DROP NOT NULL`);
    // A data key that still opens something can't be deleted; the tenant's end takes both.
    await runner.query(`
      ALTER TABLE vault_secrets
        DROP CONSTRAINT vault_secrets_tenant_id_generation_fkey,
        ADD CONSTRAINT vault_secrets_tenant_id_generation_fkey FOREIGN KEY (tenant_id, generation) REFERENCES data_keys (tenant_id, generation)`);
    await runner.query(`
      ALTER TABLE vault_secrets
        ADD CONSTRAINT vault_secrets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE`);
    await runner.query(`CREATE INDEX vault_secrets_generation ON vault_secrets (tenant_id, generation)`);
    await runner.query(`ALTER TABLE tenants ADD COLUMN deleted_at timestamptz`);
    await runner.query(`CREATE INDEX tenants_deleted_at ON tenants (deleted_at) WHERE deleted_at IS NOT NULL`);
    // No foreign key: a tombstone is to outlive the tenant, and to come before it when a backup is restored.
    await runner.query(`
      CREATE TABLE tombstones (
        tenant_id uuid NOT NULL,
        slug text NOT NULL,
        shredded_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT tombstones_pkey PRIMARY KEY (tenant_id)
      )`);
    await runner.query(`CREATE INDEX tombstones_changed_at ON tombstones (changed_at)`);
    await createRewraps(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE rewrap_parts`);
    await runner.query(`DROP TABLE rewraps`);
    await runner.query(`DROP TABLE tombstones`);
    // Without their keys the older release could only fail on them.
    await runner.query(`DELETE FROM tenants WHERE deleted_at IS NOT NULL`);
    await runner.query(`ALTER TABLE tenants DROP COLUMN deleted_at`);
    await runner.query(`DROP INDEX vault_secrets_generation`);
    await runner.query(`
      ALTER TABLE vault_secrets
        DROP CONSTRAINT vault_secrets_tenant_id_fkey,
        DROP CONSTRAINT vault_secrets_tenant_id_generation_fkey,
        ADD CONSTRAINT vault_secrets_tenant_id_generation_fkey FOREIGN KEY (tenant_id, generation) REFERENCES data_keys (tenant_id, generation) ON DELETE CASCADE`);
    await runner.query(`ALTER TABLE data_keys ALTER COLUMN wrapped SET NOT NULL`);
    await runner.query(`ALTER TABLE data_keys DROP COLUMN seals`);
  }
}

async function createRewraps(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE rewraps (
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
    )`);
  await runner.query(`CREATE UNIQUE INDEX one_running_rewrap ON rewraps (tenant_id) WHERE state = 'running'`);
  await runner.query(`
    CREATE TABLE rewrap_parts (
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
    )`);
  await runner.query(`CREATE INDEX rewrap_parts_open ON rewrap_parts (rewrap_id, due_at) WHERE finished_at IS NULL`);
}
