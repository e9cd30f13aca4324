import { Injectable, Logger } from '@nestjs/common';
import { Database, asTenantId, newId } from '#libs/database';
import { Clock, DueWorker, claimDue, secondsAfter } from '#libs/scheduling';
import { RunExecutor } from './run-executor.js';
import type { JobClaim } from './run-jobs.store.js';

/** Longer than the HTTP deadline of an action and the commits around it. */
const LEASE_SECONDS = 45;
const CONCURRENCY = 32;

/** Claims due jobs and has each taken one step on. */
@Injectable()
export class RunWorker {
  readonly #log = new Logger('RunWorker');
  readonly #owner = newId();
  readonly #worker = new DueWorker<JobClaim>({
    concurrency: CONCURRENCY,
    claim: (limit) => this.#claim(limit),
    handle: (claim) => this.executor.step(claim),
    onError: (error) => this.#log.error(error),
  });

  constructor(
    private readonly database: Database,
    private readonly executor: RunExecutor,
    private readonly clock: Clock,
  ) {}

  wake(): void {
    this.#worker.wake();
  }

  stop(): Promise<void> {
    return this.#worker.stop();
  }

  async #claim(limit: number): Promise<JobClaim[]> {
    const now = this.clock.now();
    const leaseEnd = secondsAfter(now, LEASE_SECONDS);
    const rows = await claimDue(this.database, 'run_jobs', { now, leaseEnd, owner: this.#owner, limit });
    return rows.map((row) => ({ ...row, tenantId: asTenantId(row.tenantId) }));
  }
}
