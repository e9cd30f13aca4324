import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The platform's own row among the tenants (docs/decisions/0002), whose keys are Gatehouse's own. */
const PLATFORM = '00000000-0000-7000-8000-000000000000';

export class KeyRotation1795392001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      INSERT INTO tenants (id, slug, name, issuer, audience) VALUES ('${PLATFORM}', '@platform', 'Gatehouse', '@platform', '@platform')`);
    await runner.query(`
      CREATE TABLE signing_key_sets (
        tenant_id uuid NOT NULL,
        version integer NOT NULL DEFAULT 1,
        changed_at timestamptz NOT NULL,
        due_at timestamptz,
        alg text NOT NULL,
        rotate_every_days integer,
        activate_after_seconds integer NOT NULL,
        overlap_seconds integer NOT NULL,
        CONSTRAINT signing_key_sets_pkey PRIMARY KEY (tenant_id),
        CONSTRAINT signing_key_sets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`);
    await runner.query(`CREATE INDEX signing_key_sets_changed_at ON signing_key_sets (changed_at)`);
    await runner.query(`CREATE INDEX signing_key_sets_due_at ON signing_key_sets (due_at) WHERE due_at IS NOT NULL`);
    // Tenants from before get the policy that new ones get; their first due date lies in the past, so that a worker sets the right one.
    await runner.query(`
      INSERT INTO signing_key_sets (tenant_id, changed_at, due_at, alg, rotate_every_days, activate_after_seconds, overlap_seconds)
      SELECT DISTINCT tenant_id, now(), now(), 'ES256', 90, 3900, 604800 FROM signing_keys`);
    // The default stays: during a rolling upgrade, processes from before still make keys, and do not name this column.
    await runner.query(`
      ALTER TABLE signing_keys
        ADD COLUMN overlap_seconds integer NOT NULL DEFAULT 604800,
        ADD COLUMN first_used_at timestamptz,
        ADD COLUMN revoked_at timestamptz`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE signing_keys DROP COLUMN overlap_seconds, DROP COLUMN first_used_at, DROP COLUMN revoked_at`,
    );
    await runner.query(`DROP TABLE signing_key_sets`);
    await runner.query(`DELETE FROM tenants WHERE id = '${PLATFORM}'`);
  }
}
