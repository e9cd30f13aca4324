import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Runs1795305608000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE runs (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        app_id uuid NOT NULL,
        action_key text NOT NULL,
        connection_id uuid,
        state text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        finished_at timestamptz,
        CONSTRAINT runs_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT runs_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT runs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT runs_state_check CHECK (state IN ('queued', 'running', 'polling', 'succeeded', 'failed', 'outcome_unknown'))
      )`);
    await runner.query(`CREATE INDEX runs_of_user ON runs (tenant_id, user_id, created_at)`);
    await runner.query(`CREATE INDEX runs_created_at ON runs (created_at)`);
    await runner.query(`
      CREATE TABLE run_jobs (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        phase text NOT NULL,
        sent_at timestamptz,
        polls integer NOT NULL DEFAULT 0,
        unauthorized integer NOT NULL DEFAULT 0,
        deadline timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        lease_until timestamptz,
        lease_owner text,
        version integer NOT NULL DEFAULT 0,
        CONSTRAINT run_jobs_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT run_jobs_tenant_id_id_fkey FOREIGN KEY (tenant_id, id) REFERENCES runs (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT run_jobs_phase_check CHECK (phase IN ('execute', 'poll'))
      )`);
    await runner.query(`CREATE INDEX run_jobs_due ON run_jobs (due_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE run_jobs`);
    await runner.query(`DROP TABLE runs`);
  }
}
