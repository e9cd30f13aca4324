import { Injectable } from '@nestjs/common';
import { Clock, secondsAfter } from '#libs/scheduling';
import { UpstreamCalls, UpstreamError, type UpstreamAnswer } from '#libs/upstream';
import { CALL_SECONDS } from './run-calls.js';
import { RunJobs } from './run-jobs.store.js';
import { UpstreamAcceptance } from './upstream-acceptance.js';
import { UpstreamRequests, type BuiltRequest } from './upstream-requests.js';
import { askedOf, judgeCreation, judgeQuestion, refusedForNow } from './upstream-verdicts.js';
import { UpstreamWaits } from './upstream-waits.js';
import type { UpstreamWork } from './upstream-work.js';

/** For the commit after an answer that used up the whole time of a call. */
const STORE_SECONDS = 5;

type Ready = Extract<BuiltRequest, { kind: 'ready' }>;

/** The job is another worker's by now, or has no time left for a call: nothing was sent. */
class NotSent extends Error {}

/** The first half of a run through an upstream: the run is created there. */
@Injectable()
export class UpstreamSending {
  constructor(
    private readonly jobs: RunJobs,
    private readonly requests: UpstreamRequests,
    private readonly calls: UpstreamCalls,
    private readonly acceptance: UpstreamAcceptance,
    private readonly waits: UpstreamWaits,
    private readonly clock: Clock,
  ) {}

  /** @returns when the run is due next; null when it is not */
  async send(work: UpstreamWork): Promise<Date | null> {
    let built: BuiltRequest;
    try {
      built = await this.requests.build(work);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      return this.waits.after(work, judgeQuestion(error, askedOf(work)));
    }
    return built.kind === 'ready' ? this.#create(work, built) : this.waits.end(work, built.outcome);
  }

  async #create(work: UpstreamWork, { userId, request }: Ready): Promise<Date | null> {
    let answer: UpstreamAnswer;
    try {
      answer = await this.calls.call(work.upstream, userId, { ...request, beforeSend: () => this.#mark(work) });
    } catch (error) {
      if (error instanceof NotSent) return null;
      if (!(error instanceof UpstreamError)) throw error;
      const isOutdated = this.requests.isOutdated(work, userId, error);
      return this.waits.after(work, isOutdated ? refusedForNow(error, work) : judgeCreation(error, askedOf(work)));
    }
    return this.acceptance.accept(work, userId, answer);
  }

  /**
   * Commits that the request goes out now: it has its place among the calls by then, so that no run is marked while it stands in line.
   * @throws NotSent
   */
  async #mark({ claim, job }: UpstreamWork): Promise<void> {
    const latest = secondsAfter(this.clock.now(), CALL_SECONDS + STORE_SECONDS);
    const isInTime = claim.leaseEnd >= latest || claim.leaseEnd >= job.deadline;
    if (!isInTime || !(await this.jobs.markSent(claim))) throw new NotSent();
  }
}
