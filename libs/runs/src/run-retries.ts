import { Injectable } from '@nestjs/common';
import { Clock, backoffSeconds, secondsAfter } from '#libs/scheduling';
import type { Trouble, Verdict } from './classify.js';
import { RunCredentials, needsReconnect } from './run-credentials.js';
import { RunEnds } from './run-ends.js';
import { RunJobs, marksOf, type JobMarks } from './run-jobs.store.js';
import type { RunOutcome } from './run-outcome.js';
import { RunTurns } from './run-turns.js';
import { isSafe, type RunWork } from './run-work.js';

const MAX_TRIES = 5;
const WAIT_FOR_REFRESH_SECONDS = 1;
const AGAIN = { first: 1, max: 30 };
/** Where a 429 names no time. */
const THROTTLED = { first: 5, max: 60 };

/** When an action's request is sent again, and when not. Each answers when the run is due next; null when it has ended. */
@Injectable()
export class RunRetries {
  constructor(
    private readonly jobs: RunJobs,
    private readonly credentials: RunCredentials,
    private readonly ends: RunEnds,
    private readonly turns: RunTurns,
    private readonly clock: Clock,
  ) {}

  /** A 401 means that nothing was done: once, the token is renewed and the same request sent again. */
  async unauthorized(work: RunWork): Promise<Date | null> {
    const { job, app, connection, credentials } = work;
    if (job.unauthorized > 0 || !(await this.credentials.renew(connection, credentials))) {
      return this.#end(work, needsReconnect(app.definition.title));
    }
    const dueAt = secondsAfter(this.clock.now(), WAIT_FOR_REFRESH_SECONDS);
    return this.#later(work, { dueAt, unauthorized: job.unauthorized + 1 });
  }

  /** Nothing was done: it is sent when the app has had the pause that it asks for, if the run has the time. */
  async throttled(
    work: RunWork,
    { retryAfter, outcome }: Extract<Verdict, { kind: 'throttled' }>,
  ): Promise<Date | null> {
    const seconds = retryAfter ?? backoffSeconds(work.job.attempts + 1, THROTTLED);
    const dueAt = await this.turns.pause(work, seconds);
    return dueAt >= work.job.deadline ? this.#end(work, outcome) : this.#later(work, { dueAt });
  }

  /** Only what may be repeated is: a write that was sent without a key never is, unless it did not even leave. */
  async trouble(work: RunWork, { outcome, mayRepeat, isLost, retryAfter }: Trouble): Promise<Date | null> {
    const { job } = work;
    const now = this.clock.now();
    const dueAt = secondsAfter(now, retryAfter ?? backoffSeconds(job.faults + 1, AGAIN));
    if (!mayRepeat || job.faults + 1 >= MAX_TRIES || dueAt >= job.deadline) return this.#end(work, outcome);
    return this.#later(work, { dueAt, faults: job.faults + 1, ...(isLost && { sentAt: now }) });
  }

  async #later({ claim, job }: RunWork, changes: Partial<JobMarks> & Pick<JobMarks, 'dueAt'>): Promise<Date> {
    // As it was before this step: nothing was done in it, unless the changes say else.
    await this.jobs.postpone(claim, { ...marksOf(job), ...changes });
    return changes.dueAt;
  }

  async #end(work: RunWork, outcome: RunOutcome): Promise<null> {
    await this.ends.endUnanswered(work, outcome, isSafe(work.app, work.operation));
    return null;
  }
}
