import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import { classifyLook, type LookVerdict } from './classify-look.js';
import { LookSchedule } from './look-schedule.js';
import { RunCalls, withinServer } from './run-calls.js';
import { RunCredentials, needsReconnect } from './run-credentials.js';
import { RunEnds } from './run-ends.js';
import { RunJobs, marksOf } from './run-jobs.store.js';
import { failed } from './run-outcome.js';
import { RunTurns } from './run-turns.js';
import type { PollPlace, RunWork } from './run-work.js';

const THROTTLED_SECONDS = 15;

type Verdict<Kind> = Extract<LookVerdict, { kind: Kind }>;

/** The second half of a run whose app goes on by itself: looks, until it is done. A look does nothing, so it may be made twice. */
@Injectable()
export class RunPolling {
  constructor(
    private readonly jobs: RunJobs,
    private readonly calls: RunCalls,
    private readonly credentials: RunCredentials,
    private readonly turns: RunTurns,
    private readonly schedule: LookSchedule,
    private readonly ends: RunEnds,
  ) {}

  /** @returns when to look next; null when the run has ended */
  async look(work: RunWork): Promise<Date | null> {
    const { job } = work;
    const place = await this.jobs.pollPlace(work);
    if (place === null) throw new Error('A polling job has no place to look at.');
    const { answer, asked } = await this.calls.ask(work, { method: 'GET', ...place });
    const verdict = classifyLook(answer, asked, job);
    switch (verdict.kind) {
      case 'ended':
        return this.#ended(work, verdict);
      case 'unfinished':
        return this.#unfinished(work, verdict, place, asked.now);
      case 'unauthorized':
        return this.#unauthorized(work, asked.now);
      case 'throttled':
        return this.#again(work, await this.turns.pause(work, verdict.retryAfter ?? THROTTLED_SECONDS));
      default:
        return this.#again(work, await this.schedule.next(work, verdict.retryAfter), job.faults + 1);
    }
  }

  async #ended(work: RunWork, { outcome }: Verdict<'ended'>): Promise<null> {
    const hasEnded = await this.ends.end(work, outcome);
    if (hasEnded && outcome.state === 'succeeded') this.schedule.done(work);
    return null;
  }

  async #unfinished(
    work: RunWork,
    { location, retryAfter }: Verdict<'unfinished'>,
    place: PollPlace,
    lookedAt: Date,
  ): Promise<Date | null> {
    const { claim, job, app } = work;
    const url = location === null ? place.url : withinServer(location, place.url);
    if (url === null) {
      // The token goes with every look, so it goes to no other server.
      const detail = `${app.definition.title} named another server as the place where the result will be.`;
      await this.ends.end(work, failed('partner', 'The result can not be followed', detail));
      return null;
    }
    const dueAt = await this.schedule.next(work, retryAfter);
    if (url === place.url) await this.jobs.lookAgain(claim, dueAt, { faults: 0, lookedAt });
    else await this.jobs.lookElsewhere(claim, new Secret({ ...place, url }), dueAt);
    return earlier(dueAt, job.deadline);
  }

  async #again({ claim, job }: RunWork, dueAt: Date, faults = job.faults): Promise<Date> {
    await this.jobs.lookAgain(claim, dueAt, { faults, lookedAt: job.lookedAt });
    return earlier(dueAt, job.deadline);
  }

  /** Once, the token is renewed and the same look made again; after one that made sense, once more. */
  async #unauthorized(work: RunWork, now: Date): Promise<Date | null> {
    const { claim, job, app, connection, credentials } = work;
    if (job.unauthorized > 0 || !(await this.credentials.renew(connection, credentials))) {
      await this.ends.end(work, needsReconnect(app.definition.title));
      return null;
    }
    const dueAt = new Date(now.getTime() + 1000);
    await this.jobs.postpone(claim, { ...marksOf(job), dueAt, unauthorized: job.unauthorized + 1 });
    return dueAt;
  }
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}
