import { Injectable } from '@nestjs/common';
import { RunEnds } from './run-ends.js';
import type { JobClaim } from './claimed-run.js';
import { RunJobs, marksOf } from './run-jobs.store.js';
import { RunPolling } from './run-polling.js';
import { RunPreparation } from './run-preparation.js';
import { RunSending } from './run-sending.js';
import type { ClaimedRun } from './claimed-run.js';
import { UpstreamExecutor } from './upstream-executor.js';

/** Takes a claimed job one step on: send the action's request, or look at what became of it. */
@Injectable()
export class RunExecutor {
  constructor(
    private readonly jobs: RunJobs,
    private readonly preparation: RunPreparation,
    private readonly sending: RunSending,
    private readonly polling: RunPolling,
    private readonly upstream: UpstreamExecutor,
    private readonly ends: RunEnds,
  ) {}

  async step(claim: JobClaim): Promise<void> {
    const claimed = await this.jobs.find(claim);
    if (claimed) await this.take(claimed);
  }

  /** @returns when it is due next; null when there is nothing left to do, or another worker does it */
  async take(claimed: ClaimedRun): Promise<Date | null> {
    const { claim, job } = claimed;
    const prepared = await this.preparation.of(claimed);
    if (prepared.kind === 'ready') {
      return job.phase === 'execute' ? this.sending.send(prepared.work) : this.polling.look(prepared.work);
    }
    if (prepared.kind === 'upstream') return this.upstream.take(claimed, prepared.app);
    if (prepared.kind === 'ended') {
      await this.ends.endUnanswered(claimed, prepared.outcome, prepared.isSafe);
      return null;
    }
    await this.jobs.postpone(claim, { ...marksOf(job), dueAt: prepared.at, slotAt: prepared.slotAt });
    return prepared.at;
  }
}
