import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import { Database, type TenantId } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { secretInsertion, Vault } from '#libs/vault';
import { jobColumns, toClaimedRun, withRuns, type JobRow } from './job-rows.js';
import { RunEnding } from './run-ending.js';
import type { RunJob } from './run-job.entity.js';
import type { RunOutcome } from './run-outcome.js';
import { runSecret } from './run-rows.js';
import type { ClaimedRun, JobClaim } from './claimed-run.js';
import type { PollPlace } from './run-work.js';
import type { RunState } from './run.entity.js';
import type { RemotePlace } from './upstream-work.js';

/** What a job that is put back keeps of its step. */
export type JobMarks = Pick<RunJob, 'dueAt' | 'sentAt' | 'unauthorized' | 'faults' | 'slotAt'>;

/** Of a claimed run, what its secrets are found by. */
type Held = Pick<ClaimedRun, 'inputs' | 'sealed'> & { claim: Pick<JobClaim, 'tenantId' | 'id'> };

const CLAIMED = 'tenant_id = $1 AND id = $2 AND version = $3';
// Where a run is changed with its job it is named by parameters too: joined, a table without statistics would be read tenant by tenant.
const RELEASE = 'lease_until = NULL, lease_owner = NULL, version = version + 1';

/**
 * What workers do with runs, each in one statement. A write for a job names the claim's version: none is made by a worker that lost its lease. A
 * run that has ended has no job any more, so it stays as it is.
 */
@Injectable()
export class RunJobs {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly ending: RunEnding,
    private readonly clock: Clock,
  ) {}

  async find(claim: JobClaim): Promise<ClaimedRun | null> {
    const job = `(SELECT ${jobColumns} FROM run_jobs WHERE tenant_id = $1 AND id = $2)`;
    const [row] = await this.database.of(claim.tenantId).query<JobRow>(withRuns(job), [claim.tenantId, claim.id]);
    return row ? { ...toClaimedRun(row, claim.leaseEnd), claim } : null;
  }

  async stateOf({ tenantId, id }: JobClaim): Promise<RunState | null> {
    const [row] = await this.database
      .of(tenantId)
      .query<{ state: RunState }>(`SELECT state FROM runs WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    return row?.state ?? null;
  }

  /** @returns null when they can no longer be read: the tenant's data key was destroyed */
  async inputs(claimed: Held): Promise<Record<string, unknown> | null> {
    return claimed.inputs?.reveal() ?? this.#secret(claimed, 'inputs');
  }

  async pollPlace(claimed: Held): Promise<PollPlace | null> {
    const place = await this.#secret<PollPlace | string>(claimed, 'poll_url');
    // Runs of an older build: the URL alone.
    return typeof place === 'string' ? { url: place, headers: { accept: 'application/json' } } : place;
  }

  /** Of a run that an upstream has taken on. */
  remotePlace(claimed: Held): Promise<RemotePlace | null> {
    return this.#secret(claimed, 'poll_url');
  }

  async #secret<T>({ claim: { tenantId, id }, sealed }: Held, field: 'inputs' | 'poll_url'): Promise<T | null> {
    const place = runSecret(id, field);
    if (sealed?.field === field) {
      return (await this.vault.openSelected<T>(tenantId, place, sealed.secret))?.reveal() ?? null;
    }
    return (await this.vault.get<T>(tenantId, place))?.value.reveal() ?? null;
  }

  /**
   * Commits that the request is about to be sent.
   * @returns false when the lease was lost: it must not be sent then
   */
  async markSent(claim: JobClaim): Promise<boolean> {
    const rows = await this.database.of(claim.tenantId).query(
      `WITH job AS (
         UPDATE run_jobs SET sent_at = $4, attempts = attempts + 1, slot_at = NULL WHERE ${CLAIMED} RETURNING id),
       run AS (
         UPDATE runs SET state = 'running', started_at = COALESCE(started_at, $4::timestamptz)
          WHERE tenant_id = $1 AND id = $2 AND EXISTS (SELECT 1 FROM job) AND state <> 'running' AND finished_at IS NULL)
       SELECT id FROM job`,
      [...keyOf(claim), this.clock.now()],
    );
    return rows.length === 1;
  }

  /** Puts the job back for later, in the phase that it is in. */
  async postpone(claim: JobClaim, { dueAt, sentAt, unauthorized, faults, slotAt }: JobMarks): Promise<void> {
    await this.database.of(claim.tenantId).query(
      `UPDATE run_jobs SET due_at = LEAST($4::timestamptz, deadline), sent_at = $5, unauthorized = $6, faults = $7, slot_at = $8, ${RELEASE}
        WHERE ${CLAIMED}`,
      [...keyOf(claim), dueAt, sentAt, unauthorized, faults, slotAt],
    );
  }

  /**
   * Its next look is due at once. One that a worker has in hand is being looked at already, or is not known to have been taken on yet.
   * @returns false when nothing was brought forward
   */
  async lookNow(tenantId: TenantId, id: string): Promise<boolean> {
    const rows = await this.database.of(tenantId).query(
      `UPDATE run_jobs SET due_at = $3
        WHERE tenant_id = $1 AND id = $2 AND phase = 'poll' AND lease_owner IS NULL AND due_at > $3 RETURNING id`,
      [tenantId, id, this.clock.now()],
    );
    return rows.length > 0;
  }

  /** The third party has taken it: from now on we look. Safe to repeat: a commit that was not heard of has moved the version on, so that nothing more is written. */
  async accept(claim: JobClaim, place: Secret<PollPlace | RemotePlace>, dueAt: Date, deadline: Date): Promise<void> {
    const parameters: unknown[] = [...keyOf(claim), this.clock.now(), dueAt, deadline];
    const secret = await this.vault.sealNew(claim.tenantId, runSecret(claim.id, 'poll_url'), place);
    await this.database.of(claim.tenantId).query(
      `WITH job AS (
         UPDATE run_jobs SET phase = 'poll', polls = polls + 1, faults = 0, unauthorized = 0, slot_at = NULL, accepted_at = $4::timestamptz,
                looked_at = $4::timestamptz, due_at = LEAST($5::timestamptz, $6::timestamptz), deadline = $6::timestamptz, ${RELEASE}
          WHERE ${CLAIMED} RETURNING id),
       changed AS (
         UPDATE runs SET state = 'polling'
          WHERE tenant_id = $1 AND id = $2 AND EXISTS (SELECT 1 FROM job) AND finished_at IS NULL RETURNING id)
       ${secretInsertion(secret, 'changed', parameters)}`,
      parameters,
    );
  }

  /** It is not finished: look again at `dueAt`. */
  async lookAgain(
    claim: JobClaim,
    dueAt: Date,
    { faults, lookedAt }: Pick<RunJob, 'faults' | 'lookedAt'>,
  ): Promise<void> {
    await this.database.of(claim.tenantId).query(
      `UPDATE run_jobs SET polls = polls + 1, faults = $5, looked_at = $6, unauthorized = CASE WHEN $5 = 0 THEN 0 ELSE unauthorized END,
              slot_at = NULL, due_at = LEAST($4::timestamptz, deadline), ${RELEASE}
        WHERE ${CLAIMED}`,
      [...keyOf(claim), dueAt, faults, lookedAt],
    );
  }

  /** As `lookAgain`, from now on at another place. */
  async lookElsewhere(claim: JobClaim, place: Secret<PollPlace>, dueAt: Date): Promise<void> {
    await this.database.of(claim.tenantId).commitIf(async (tx) => {
      const rows = await tx.query(
        `UPDATE run_jobs SET polls = polls + 1, faults = 0, unauthorized = 0, looked_at = $5, slot_at = NULL,
                due_at = LEAST($4::timestamptz, deadline), ${RELEASE}
          WHERE ${CLAIMED} RETURNING id`,
        [...keyOf(claim), dueAt, this.clock.now()],
      );
      await this.vault.put(claim.tenantId, runSecret(claim.id, 'poll_url'), place, tx);
      return rows.length === 1;
    });
  }

  /**
   * Ends the run: its outcome, its final state and the end of its job come together.
   * @returns false when the lease was lost, be it because the run has ended otherwise: nothing is written then
   */
  finish(claim: JobClaim, outcome: RunOutcome): Promise<boolean> {
    return this.ending.end(claim, outcome, 'version = $1', [claim.version]);
  }
}

/** As the job stands, for one that is put back unchanged. */
export function marksOf({ sentAt, unauthorized, faults }: RunJob): Omit<JobMarks, 'dueAt'> {
  return { sentAt, unauthorized, faults, slotAt: null };
}

function keyOf({ tenantId, id, version }: JobClaim): [TenantId, string, number] {
  return [tenantId, id, version];
}
