import { Injectable } from '@nestjs/common';
import { InputError, findOperation, select } from '#libs/catalog';
import { Secret } from '#libs/crypto';
import { secondsAfter } from '#libs/scheduling';
import type { Verdict } from './classify.js';
import { LookSchedule } from './look-schedule.js';
import { RunCalls, withinServer } from './run-calls.js';
import { RunEnds } from './run-ends.js';
import { RunJobs } from './run-jobs.store.js';
import { failed, outcomeUnknown } from './run-outcome.js';
import { isSafe, type PollPlace, type RunWork } from './run-work.js';

type Accepted = Extract<Verdict, { kind: 'accepted' }>;

/** An app has taken an action on, and goes on by itself: from then on the run looks. */
@Injectable()
export class RunAcceptance {
  constructor(
    private readonly jobs: RunJobs,
    private readonly calls: RunCalls,
    private readonly schedule: LookSchedule,
    private readonly ends: RunEnds,
  ) {}

  /** @returns when to look; null when there is no place to look at */
  async accept(work: RunWork, accepted: Accepted, requestUrl: string): Promise<Date | null> {
    const { claim } = work;
    const place = await this.ends.store(claim, () => this.#place(work, accepted, requestUrl));
    if (place === null) return this.#unfollowed(work);
    return this.ends.store(claim, () => this.#follow(work, place, accepted));
  }

  async #place(work: RunWork, accepted: Accepted, requestUrl: string): Promise<PollPlace | null> {
    return work.poll?.operationId ? this.#operation(work, accepted.answer) : inLocation(accepted, requestUrl);
  }

  async #follow(work: RunWork, place: PollPlace, { retryAfter }: Accepted): Promise<Date> {
    const { claim, run, job, poll } = work;
    const limit = poll?.timeoutSeconds ?? null;
    const deadline = limit === null ? job.deadline : secondsAfter(run.createdAt, limit);
    const dueAt = await this.schedule.next(work, retryAfter);
    await this.jobs.accept(claim, new Secret(place), dueAt, deadline);
    return dueAt < deadline ? dueAt : deadline;
  }

  /** The request of the operation that the document names for it. */
  async #operation(work: RunWork, answer: unknown): Promise<PollPlace | null> {
    const { app, poll } = work;
    const operation = findOperation(app.definition, poll?.operationId ?? '');
    if (!operation || !poll) return null;
    const inputs = await this.jobs.inputs(work);
    if (inputs === null) return null;
    const values = Object.entries(poll.parameters).map(([id, from]) => {
      return [id, 'input' in from ? ownInput(inputs, from.input) : select(answer, from.answer)] as const;
    });
    try {
      return this.calls.build(app, operation, Object.fromEntries(values.filter(([, value]) => value !== undefined)));
    } catch (error) {
      if (error instanceof InputError) return null;
      throw error;
    }
  }

  async #unfollowed(work: RunWork): Promise<null> {
    const { title } = work.app.definition;
    // The token goes with every look, so it goes to no other server.
    const detail = `${title} took the request but named no place on its own server where its result will be.`;
    const isNothingAtStake = isSafe(work.app, work.operation);
    const outcome = isNothingAtStake
      ? failed('partner', 'The result can not be followed', detail)
      : outcomeUnknown(detail);
    await this.ends.end(work, outcome);
    return null;
  }
}

/** By its name as it is: one with a slash in it is no path. */
function ownInput(inputs: Record<string, unknown>, id: string): unknown {
  return Object.hasOwn(inputs, id) ? inputs[id] : undefined;
}

function inLocation({ location }: Accepted, requestUrl: string): PollPlace | null {
  const url = withinServer(location, requestUrl);
  return url === null ? null : { url, headers: { accept: 'application/json' } };
}
