import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mass disconnections, and how each connection's third party took it. */
export class RevocationJobs1795651211000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE revocation_jobs (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        app_id uuid,
        org text,
        subject text,
        before timestamptz,
        state text NOT NULL,
        total integer NOT NULL,
        disconnected integer NOT NULL DEFAULT 0,
        after uuid,
        actor text NOT NULL,
        address text,
        request_id text,
        created_at timestamptz NOT NULL,
        finished_at timestamptz,
        due_at timestamptz,
        CONSTRAINT revocation_jobs_pkey PRIMARY KEY (tenant_id, id),
        CONSTRAINT revocation_jobs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
        CONSTRAINT revocation_jobs_state_check CHECK (state IN ('running', 'done'))
      )`);
    await runner.query(`CREATE INDEX revocation_jobs_due ON revocation_jobs (due_at) WHERE due_at IS NOT NULL`);
    await runner.query(
      `CREATE INDEX revocation_jobs_finished ON revocation_jobs (finished_at) WHERE finished_at IS NOT NULL`,
    );
    await runner.query(`
      CREATE TABLE revocation_parts (
        tenant_id uuid NOT NULL,
        connection_id uuid NOT NULL,
        job_id uuid NOT NULL,
        app_id uuid NOT NULL,
        outcome text NOT NULL,
        CONSTRAINT revocation_parts_pkey PRIMARY KEY (tenant_id, connection_id),
        CONSTRAINT revocation_parts_tenant_id_job_id_fkey FOREIGN KEY (tenant_id, job_id) REFERENCES revocation_jobs (tenant_id, id) ON DELETE CASCADE,
        CONSTRAINT revocation_parts_outcome_check CHECK (outcome IN ('pending', 'revoked', 'failed', 'unsupported'))
      )`);
    await runner.query(`CREATE INDEX revocation_parts_job ON revocation_parts (tenant_id, job_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE revocation_parts`);
    await runner.query(`DROP TABLE revocation_jobs`);
  }
}
