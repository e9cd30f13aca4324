import { Injectable } from '@nestjs/common';
import { Clock, backoffSeconds, secondsAfter } from '#libs/scheduling';
import { RunEnds } from './run-ends.js';
import { RunJobs, marksOf, type JobMarks } from './run-jobs.store.js';
import { failed, type RunOutcome } from './run-outcome.js';
import { UpstreamLine } from './upstream-line.js';
import type { UpstreamVerdict } from './upstream-verdicts.js';
import type { UpstreamWork } from './upstream-work.js';

const MAX_TRIES = 8;
const AGAIN = { first: 1, max: 30 };
/** Where nobody says when there is a place. */
const SOON_SECONDS = 1;

/** When a run that the upstream has not taken on is tried again, and when not. Each answers when it is due next; null when it has ended. */
@Injectable()
export class UpstreamWaits {
  constructor(
    private readonly jobs: RunJobs,
    private readonly line: UpstreamLine,
    private readonly ends: RunEnds,
    private readonly clock: Clock,
  ) {}

  async after(work: UpstreamWork, verdict: UpstreamVerdict): Promise<Date | null> {
    if (verdict.kind === 'throttled') return this.#inTurn(work, verdict.at);
    if (verdict.kind === 'trouble') return this.#again(work, verdict);
    return this.end(work, verdict.outcome);
  }

  async end(work: UpstreamWork, outcome: RunOutcome): Promise<null> {
    await this.ends.endUnanswered(work, outcome, work.isSafe);
    return null;
  }

  /** Nothing was sent, so it is no attempt. */
  async #inTurn(work: UpstreamWork, at: Date | null): Promise<Date | null> {
    const now = this.clock.now();
    const dueAt = await this.line.turn(work, at ?? secondsAfter(now, SOON_SECONDS));
    if (dueAt < work.job.deadline) return this.#later(work, { dueAt });
    const { title } = work.upstream;
    const delay = Math.ceil((dueAt.getTime() - now.getTime()) / 1000);
    const detail = `So many calls to ${title} are waiting that this one would come too late.`;
    return this.end(work, failed('throttled', `${title} is called as often as it allows`, detail, delay));
  }

  async #again(
    work: UpstreamWork,
    { outcome, isLost, at }: Extract<UpstreamVerdict, { kind: 'trouble' }>,
  ): Promise<Date | null> {
    const { job } = work;
    const now = this.clock.now();
    const soonest = secondsAfter(now, backoffSeconds(job.faults + 1, AGAIN));
    const dueAt = at !== null && at > soonest ? at : soonest;
    if (job.faults + 1 >= MAX_TRIES || dueAt >= job.deadline) return this.end(work, outcome);
    return this.#later(work, { dueAt, faults: job.faults + 1, ...(isLost && { sentAt: now }) });
  }

  async #later({ claim, job }: UpstreamWork, changes: Partial<JobMarks> & Pick<JobMarks, 'dueAt'>): Promise<Date> {
    // As it was before this step: nothing was done in it, unless the changes say else.
    await this.jobs.postpone(claim, { ...marksOf(job), ...changes });
    return changes.dueAt;
  }
}
