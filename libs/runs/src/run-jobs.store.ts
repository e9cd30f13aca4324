import { Injectable } from '@nestjs/common';
import type { Secret } from '#libs/crypto';
import { Database, type Queryable, type TenantId } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Vault } from '#libs/vault';
import { RunEnding } from './run-ending.js';
import type { RunJob } from './run-job.entity.js';
import type { RunOutcome } from './run-outcome.js';
import { runColumns, runSecret } from './run-rows.js';
import type { Run, RunState } from './run.entity.js';

/** A job under lease, as `claimDue` answers it. */
export interface JobClaim {
  tenantId: TenantId;
  id: string;
  version: number;
  leaseEnd: Date;
}

/** What workers do with runs. A write for a job names the claim's version: none is made by a worker that lost its lease. */
@Injectable()
export class RunJobs {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly ending: RunEnding,
    private readonly clock: Clock,
  ) {}

  async find({ tenantId, id }: JobClaim): Promise<{ run: Run; job: RunJob } | null> {
    const [run] = await this.database.query<Run>(`SELECT ${runColumns} FROM runs WHERE tenant_id = $1 AND id = $2`, [
      tenantId,
      id,
    ]);
    const [job] = await this.database.query<RunJob>(
      `SELECT tenant_id AS "tenantId", id, phase, sent_at AS "sentAt", polls, unauthorized, deadline, version
         FROM run_jobs WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id],
    );
    return run && job ? { run, job } : null;
  }

  async inputs(tenantId: TenantId, id: string): Promise<Record<string, unknown>> {
    return (await this.vault.get<Record<string, unknown>>(tenantId, runSecret(id, 'inputs')))?.value.reveal() ?? {};
  }

  async pollUrl(tenantId: TenantId, id: string): Promise<string | null> {
    return (await this.vault.get<string>(tenantId, runSecret(id, 'poll_url')))?.value.reveal() ?? null;
  }

  /**
   * Commits that the request is about to be sent.
   * @returns false when the lease was lost: it must not be sent then
   */
  async markSent(claim: JobClaim): Promise<boolean> {
    const now = this.clock.now();
    return this.database.commitIf(async (tx) => {
      const rows = await tx.query(
        `UPDATE run_jobs SET sent_at = $4 WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING id`,
        [...keyOf(claim), now],
      );
      await this.#setState(tx, claim, 'running', now);
      return rows.length === 1;
    });
  }

  /** Puts the job back for later, as if it had not been sent. */
  async postpone(claim: JobClaim, seconds: number, { unauthorized }: { unauthorized: number }): Promise<void> {
    await this.database.query(
      `UPDATE run_jobs SET due_at = $4, sent_at = NULL, unauthorized = $5, lease_until = NULL, lease_owner = NULL, version = version + 1
        WHERE tenant_id = $1 AND id = $2 AND version = $3`,
      [...keyOf(claim), secondsAfter(this.clock.now(), seconds), unauthorized],
    );
  }

  /** The third party works on it: look at `url` again after `seconds`. */
  async pollLater(claim: JobClaim, url: Secret<string>, seconds: number): Promise<void> {
    const now = this.clock.now();
    await this.database.commitIf(async (tx) => {
      const rows = await tx.query(
        `UPDATE run_jobs SET phase = 'poll', polls = polls + 1, due_at = LEAST($4::timestamptz, deadline), lease_until = NULL, lease_owner = NULL,
                version = version + 1
          WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING id`,
        [...keyOf(claim), secondsAfter(now, seconds)],
      );
      await this.vault.put(claim.tenantId, runSecret(claim.id, 'poll_url'), url, tx);
      await this.#setState(tx, claim, 'polling', now);
      return rows.length === 1;
    });
  }

  /** Ends the run, unless the lease was lost. A run that has ended stays as it is. */
  async finish(claim: JobClaim, outcome: RunOutcome): Promise<void> {
    await this.ending.end(this.database, claim, outcome, 'version = $1', [claim.version]);
  }

  async #setState(tx: Queryable, { tenantId, id }: JobClaim, state: RunState, now: Date): Promise<void> {
    await tx.query(
      `UPDATE runs SET state = $3, started_at = COALESCE(started_at, $4::timestamptz)
        WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL`,
      [tenantId, id, state, now],
    );
  }
}

function keyOf({ tenantId, id, version }: JobClaim): [TenantId, string, number] {
  return [tenantId, id, version];
}
