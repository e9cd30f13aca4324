import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Jobs are claimed by tenant, app and org in turn; what a job has met with; budgets of calls; how long actions take. */
export class RunExecution1795651203500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE run_jobs
        ADD COLUMN app_id uuid,
        ADD COLUMN org_hash integer NOT NULL DEFAULT 0,
        ADD COLUMN attempts integer NOT NULL DEFAULT 0,
        ADD COLUMN faults integer NOT NULL DEFAULT 0,
        ADD COLUMN slot_at timestamptz,
        ADD COLUMN accepted_at timestamptz,
        ADD COLUMN looked_at timestamptz`);
    await runner.query(
      `UPDATE run_jobs SET app_id = runs.app_id FROM runs WHERE runs.tenant_id = run_jobs.tenant_id AND runs.id = run_jobs.id`,
    );
    await runner.query(`ALTER TABLE run_jobs ALTER COLUMN app_id SET NOT NULL`);
    await runner.query(`CREATE INDEX run_jobs_in_turn ON run_jobs (tenant_id, app_id, org_hash, due_at)`);
    await runner.query(`CREATE INDEX run_jobs_leased ON run_jobs (lease_owner) WHERE lease_owner IS NOT NULL`);
    await runner.query(`
      CREATE TABLE call_budgets (
        tenant_id uuid NOT NULL,
        app_id uuid NOT NULL,
        account text NOT NULL,
        booked_until double precision NOT NULL,
        paused_until double precision,
        CONSTRAINT call_budgets_pkey PRIMARY KEY (tenant_id, app_id, account),
        CONSTRAINT call_budgets_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps (id) ON DELETE CASCADE,
        CONSTRAINT call_budgets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`);
    await runner.query(
      `CREATE INDEX call_budgets_paused ON call_budgets (paused_until) WHERE paused_until IS NOT NULL`,
    );
    await runner.query(`CREATE INDEX call_budgets_booked ON call_budgets (booked_until)`);
    await runner.query(`
      CREATE TABLE action_durations (
        tenant_id uuid NOT NULL,
        app_id uuid NOT NULL,
        action_key text NOT NULL,
        counts real[] NOT NULL,
        halved_at timestamptz NOT NULL,
        CONSTRAINT action_durations_pkey PRIMARY KEY (tenant_id, app_id, action_key),
        CONSTRAINT action_durations_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps (id) ON DELETE CASCADE,
        CONSTRAINT action_durations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['action_durations', 'call_budgets']) await runner.query(`DROP TABLE ${table}`);
    for (const index of ['run_jobs_leased', 'run_jobs_in_turn']) await runner.query(`DROP INDEX ${index}`);
    await runner.query(`
      ALTER TABLE run_jobs DROP COLUMN looked_at, DROP COLUMN accepted_at, DROP COLUMN slot_at, DROP COLUMN faults,
        DROP COLUMN attempts, DROP COLUMN org_hash, DROP COLUMN app_id`);
  }
}
