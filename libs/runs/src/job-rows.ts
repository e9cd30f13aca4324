import type { TenantId } from '#libs/database';
import type { RunJob } from './run-job.entity.js';
import { runColumns } from './run-rows.js';
import type { ClaimedRun } from './claimed-run.js';
import type { Run } from './run.entity.js';

type JobColumns = Omit<RunJob, 'tenantId' | 'id' | 'appId' | 'orgHash' | 'leaseUntil' | 'leaseOwner'>;

/** A job and its run side by side: their names differ. */
export type JobRow = Run & JobColumns;

/** The columns of `run_jobs` as the members of `JobRow`. */
export const jobColumns = `
  tenant_id, id AS job_id, phase, sent_at AS "sentAt", attempts, polls, faults, unauthorized, slot_at AS "slotAt", accepted_at AS "acceptedAt",
  looked_at AS "lookedAt", deadline, due_at AS "dueAt", version`;

/** @param jobs a table expression that has `jobColumns` @param runs one that has those of `runs` @returns a SELECT of `JobRow`s */
export function withRuns(jobs: string, runs = 'runs'): string {
  return `SELECT * FROM ${jobs} job JOIN (SELECT ${runColumns} FROM ${runs}) run ON run."tenantId" = job.tenant_id AND run.id = job.job_id`;
}

export function toClaimedRun(row: JobRow, leaseEnd: Date): ClaimedRun {
  const { id, version } = row;
  const tenantId: TenantId = row.tenantId;
  return { claim: { tenantId, id, version, leaseEnd }, run: row, job: row as JobRow & RunJob };
}
