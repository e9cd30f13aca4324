import { Injectable } from '@nestjs/common';
import { InputError, type AppRequest } from '#libs/catalog';
import { EgressError } from '#libs/egress';
import { Clock, secondsAfter } from '#libs/scheduling';
import { classify, classifyFailure } from './classify.js';
import { CALL_SECONDS, RunCalls } from './run-calls.js';
import { RunAcceptance } from './run-acceptance.js';
import { RunEnds } from './run-ends.js';
import { RunJobs } from './run-jobs.store.js';
import { failed, type RunOutcome } from './run-outcome.js';
import { RunRetries } from './run-retries.js';
import { isSafe, type RunWork } from './run-work.js';

/** For the commit after an answer that used up the whole time of a call. */
const STORE_SECONDS = 5;
const INPUTS_GONE = 'The key under which they were stored was destroyed.';

/** The first half of a run: its action's request. */
@Injectable()
export class RunSending {
  constructor(
    private readonly jobs: RunJobs,
    private readonly calls: RunCalls,
    private readonly acceptance: RunAcceptance,
    private readonly retries: RunRetries,
    private readonly ends: RunEnds,
    private readonly clock: Clock,
  ) {}

  /** @returns when the run is due next; null when it is not */
  async send(work: RunWork): Promise<Date | null> {
    const request = await this.#request(work);
    if (request === null || !this.#isInTime(work) || !(await this.jobs.markSent(work.claim))) return null;
    const { answer, asked } = await this.calls.ask(work, request);
    const verdict = answer instanceof EgressError ? classifyFailure(answer, asked) : classify(answer, asked);
    switch (verdict.kind) {
      case 'ended':
        return this.#end(work, verdict.outcome);
      case 'unsent':
        return this.#endUnsent(work, verdict.outcome);
      case 'accepted':
        return this.acceptance.accept(work, verdict, request.url);
      case 'unauthorized':
        return this.retries.unauthorized(work);
      case 'throttled':
        return this.retries.throttled(work, verdict);
      default:
        return this.retries.trouble(work, verdict);
    }
  }

  /** The request, built before anything is marked as sent. The inputs were checked at creation; the app's document may have changed. */
  async #request(work: RunWork): Promise<AppRequest | null> {
    const { run, app, operation } = work;
    const inputs = await this.jobs.inputs(work);
    if (inputs === null) return this.#endUnsent(work, failed('system', 'The inputs are gone', INPUTS_GONE));
    try {
      const request = this.calls.build(app, operation, inputs);
      const { idempotencyHeader: name } = operation;
      // The run's own id: whoever sends it again sends the same key.
      return name === undefined
        ? request
        : { ...request, headers: { ...request.headers, [name.toLowerCase()]: run.id } };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return this.#endUnsent(work, failed('user', 'The inputs no longer fit the action', error.message));
    }
  }

  async #end(work: RunWork, outcome: RunOutcome): Promise<null> {
    const isUnasked = outcome.errors[0]?.code === 'authentication';
    if (isUnasked) return this.#endUnsent(work, outcome);
    await this.ends.end(work, outcome);
    return null;
  }

  async #endUnsent(work: RunWork, outcome: RunOutcome): Promise<null> {
    await this.ends.endUnanswered(work, outcome, isSafe(work.app, work.operation));
    return null;
  }

  /** What could be answered after the lease is not sent, but for the end of a run whose deadline comes before that. */
  #isInTime({ claim, job }: RunWork): boolean {
    const latest = secondsAfter(this.clock.now(), CALL_SECONDS + STORE_SECONDS);
    return claim.leaseEnd >= latest || claim.leaseEnd >= job.deadline;
  }
}
