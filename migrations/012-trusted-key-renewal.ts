import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TrustedKeyRenewal1795392002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE trusted_key_sets
        ADD COLUMN version integer NOT NULL DEFAULT 1,
        ADD COLUMN uploaded_ignored jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN fetched_ignored jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN attempted_at timestamptz,
        ADD COLUMN fetching_until timestamptz,
        ADD COLUMN failures integer NOT NULL DEFAULT 0,
        ADD COLUMN renew_at timestamptz,
        ADD COLUMN used_at timestamptz`);
    await runner.query(
      `CREATE INDEX trusted_key_sets_renew_at ON trusted_key_sets (renew_at, used_at) WHERE renew_at IS NOT NULL`,
    );
    await runner.query(`
      CREATE TABLE trusted_key_uses (
        tenant_id uuid NOT NULL,
        kid text NOT NULL,
        first_seen_at timestamptz NOT NULL,
        last_used_at timestamptz,
        CONSTRAINT trusted_key_uses_pkey PRIMARY KEY (tenant_id, kid),
        CONSTRAINT trusted_key_uses_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES trusted_key_sets (tenant_id) ON DELETE CASCADE
      )`);
    // Keys from before are seen first when they were fetched; for uploaded ones nobody wrote it down.
    await runner.query(`
      INSERT INTO trusted_key_uses (tenant_id, kid, first_seen_at)
      SELECT DISTINCT tenant_id, key ->> 'kid', coalesce(fetched_at, now())
        FROM trusted_key_sets,
             jsonb_array_elements(coalesce(uploaded_keys, '[]') || coalesce(fetched_keys, '[]')) AS key
       WHERE key ->> 'kid' IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE trusted_key_uses`);
    await runner.query(`
      ALTER TABLE trusted_key_sets
        DROP COLUMN version, DROP COLUMN uploaded_ignored, DROP COLUMN fetched_ignored, DROP COLUMN attempted_at, DROP COLUMN fetching_until,
        DROP COLUMN failures, DROP COLUMN renew_at, DROP COLUMN used_at`);
  }
}
