import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RunRequests1795651204000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotency_keys (
        tenant_id uuid NOT NULL,
        user_id uuid NOT NULL,
        key_digest bytea NOT NULL,
        fingerprint bytea NOT NULL,
        made_id uuid,
        status smallint,
        expires_at timestamptz NOT NULL,
        CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, user_id, key_digest),
        CONSTRAINT idempotency_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT idempotency_keys_status_check CHECK (status BETWEEN 200 AND 299)
      )`);
    await runner.query(`CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at)`);
    await runner.query(`
      ALTER TABLE tenants
        ADD COLUMN run_retention_days integer NOT NULL DEFAULT 7,
        ADD CONSTRAINT tenants_run_retention_days_check CHECK (run_retention_days BETWEEN 2 AND 90)`);
    await runner.query(`
      ALTER TABLE runs
        DROP CONSTRAINT runs_state_check,
        ADD CONSTRAINT runs_state_check
          CHECK (state IN ('queued', 'running', 'polling', 'succeeded', 'failed', 'cancelled', 'outcome_unknown')),
        ADD COLUMN callback_client_id text,
        ADD COLUMN app_version integer,
        ADD COLUMN expires_at timestamptz`);
    await runner.query(`UPDATE runs SET expires_at = created_at + interval '168 hours'`);
    await runner.query(`UPDATE runs SET app_version = apps.version FROM apps WHERE apps.id = runs.app_id`);
    await runner.query(`UPDATE runs SET app_version = 1 WHERE app_version IS NULL`);
    await runner.query(`ALTER TABLE runs ALTER COLUMN expires_at SET NOT NULL, ALTER COLUMN app_version SET NOT NULL`);
    await runner.query(`DROP INDEX runs_created_at`);
    await runner.query(`CREATE INDEX runs_expires_at ON runs (expires_at)`);
    await runner.query(`
      CREATE TABLE run_callbacks (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL,
        lease_until timestamptz,
        lease_owner text,
        version integer NOT NULL DEFAULT 0,
        CONSTRAINT run_callbacks_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT run_callbacks_tenant_id_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES runs (tenant_id, id) ON DELETE CASCADE
      )`);
    await runner.query(`CREATE INDEX run_callbacks_due ON run_callbacks (due_at)`);
    await runner.query(`CREATE INDEX run_callbacks_in_turn ON run_callbacks (tenant_id, due_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE run_callbacks`);
    await runner.query(`DROP INDEX runs_expires_at`);
    await runner.query(`CREATE INDEX runs_created_at ON runs (created_at)`);
    await runner.query(`DELETE FROM runs WHERE state = 'cancelled'`);
    await runner.query(`
      ALTER TABLE runs
        DROP COLUMN callback_client_id, DROP COLUMN app_version, DROP COLUMN expires_at, DROP CONSTRAINT runs_state_check,
        ADD CONSTRAINT runs_state_check CHECK (state IN ('queued', 'running', 'polling', 'succeeded', 'failed', 'outcome_unknown'))`);
    await runner.query(`ALTER TABLE tenants DROP COLUMN run_retention_days`);
    await runner.query(`DROP TABLE idempotency_keys`);
  }
}
