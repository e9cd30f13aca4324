import { Injectable } from '@nestjs/common';
import { Events } from '#libs/events';
import { Clock, retryUntil, secondsAfter } from '#libs/scheduling';
import { RunJobs } from './run-jobs.store.js';
import { outcomeUnknown, type RunOutcome } from './run-outcome.js';
import type { ClaimedRun, JobClaim } from './claimed-run.js';

/** For a run whose lease is over before its answer came. */
const STORE_SECONDS = 5;

/** How runs end at the hands of workers. */
@Injectable()
export class RunEnds {
  constructor(
    private readonly jobs: RunJobs,
    private readonly events: Events,
    private readonly clock: Clock,
  ) {}

  /** An answer can't be had again: storing it is tried for as long as the lease lasts. `work` must be safe to repeat. */
  store<Result>({ leaseEnd }: JobClaim, work: () => Promise<Result>): Promise<Result> {
    const latest = Math.max(leaseEnd.getTime(), secondsAfter(this.clock.now(), STORE_SECONDS).getTime());
    return retryUntil(new Date(latest), work);
  }

  /**
   * Stores the end. Where the run has ended meanwhile, or is another worker's by now, it stays as it is, and what came late is an event.
   * @returns whether the run ended so
   */
  async end({ claim, run, job }: ClaimedRun, outcome: RunOutcome): Promise<boolean> {
    if (await this.store(claim, () => this.jobs.finish(claim, outcome))) return true;
    const now = await this.jobs.stateOf(claim);
    // After a commit that we did not hear of, it is ours.
    const isTold = now === null || now === outcome.state || (job.phase === 'poll' && now === 'polling');
    if (!isTold) await this.#note(run.tenantId, run.id, outcome.state);
    return false;
  }

  /**
   * As `end`, for what says nothing of a request that was sent before: that one may have been carried out.
   * @param isSafe then nothing is at stake
   */
  endUnanswered(claimed: ClaimedRun, outcome: RunOutcome, isSafe: boolean): Promise<boolean> {
    const { phase, sentAt } = claimed.job;
    if (phase === 'poll' || sentAt === null || isSafe || outcome.state !== 'failed') return this.end(claimed, outcome);
    const why = outcome.errors[0]?.detail ?? '';
    return this.end(claimed, outcomeUnknown(`It was sent once, and its answer was lost. Then: ${why}`));
  }

  async #note(tenantId: ClaimedRun['run']['tenantId'], id: string, state: RunOutcome['state']): Promise<void> {
    await this.events.record(tenantId, { type: 'run.late_answer', subject: id }, { state });
  }
}
