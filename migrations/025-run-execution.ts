import type { MigrationInterface, QueryRunner } from 'typeorm';
import { fillColumns } from './backfill.js';
import { addColumns, createIndex, createTable, dropColumns, dropIndexes, dropTables } from './online.js';

/** Jobs are claimed by tenant, app and org in turn; what a job has met with; budgets of calls; how long actions take. */
export class RunExecution1795651203500 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await addColumns(runner, 'run_jobs', {
      app_id: 'uuid',
      org_hash: 'integer NOT NULL DEFAULT 0',
      attempts: 'integer NOT NULL DEFAULT 0',
      faults: 'integer NOT NULL DEFAULT 0',
      slot_at: 'timestamptz',
      accepted_at: 'timestamptz',
      looked_at: 'timestamptz',
    });
    await fillColumns(runner, 'run_jobs', {
      app_id: (job) => `(SELECT runs.app_id FROM runs WHERE runs.tenant_id = ${job}.tenant_id AND runs.id = ${job}.id)`,
    });
    await createIndex(runner, 'run_jobs_in_turn', 'run_jobs (tenant_id, app_id, org_hash, due_at)');
    await createIndex(runner, 'run_jobs_leased', 'run_jobs (lease_owner) WHERE lease_owner IS NOT NULL');
    await createTable(
      runner,
      'call_budgets',
      `CREATE TABLE call_budgets (
        tenant_id uuid NOT NULL,
        app_id uuid NOT NULL,
        account text NOT NULL,
        booked_until double precision NOT NULL,
        paused_until double precision,
        CONSTRAINT call_budgets_pkey PRIMARY KEY (tenant_id, app_id, account),
        CONSTRAINT call_budgets_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps (id) ON DELETE CASCADE,
        CONSTRAINT call_budgets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`,
      `CREATE INDEX call_budgets_paused ON call_budgets (paused_until) WHERE paused_until IS NOT NULL`,
      `CREATE INDEX call_budgets_booked ON call_budgets (booked_until)`,
    );
    await createTable(
      runner,
      'action_durations',
      `CREATE TABLE action_durations (
        tenant_id uuid NOT NULL,
        app_id uuid NOT NULL,
        action_key text NOT NULL,
        counts real[] NOT NULL,
        halved_at timestamptz NOT NULL,
        CONSTRAINT action_durations_pkey PRIMARY KEY (tenant_id, app_id, action_key),
        CONSTRAINT action_durations_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps (id) ON DELETE CASCADE,
        CONSTRAINT action_durations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
      )`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropTables(runner, 'action_durations', 'call_budgets');
    await dropIndexes(runner, 'run_jobs_leased', 'run_jobs_in_turn');
    await dropColumns(
      runner,
      'run_jobs',
      'looked_at',
      'accepted_at',
      'slot_at',
      'faults',
      'attempts',
      'org_hash',
      'app_id',
    );
  }
}
