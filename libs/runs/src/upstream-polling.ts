import { Injectable } from '@nestjs/common';
import { Clock, secondsAfter } from '#libs/scheduling';
import { UpstreamCalls, UpstreamError, readRun } from '#libs/upstream';
import { LookSchedule } from './look-schedule.js';
import { RunEnds } from './run-ends.js';
import { RunJobs, marksOf } from './run-jobs.store.js';
import { UpstreamLine } from './upstream-line.js';
import { outcomeThere } from './upstream-outcomes.js';
import { askedOf, judgeLook } from './upstream-verdicts.js';
import type { RemotePlace, UpstreamWork } from './upstream-work.js';

const TIMEOUT_SECONDS = 20;
const SOON_SECONDS = 1;

/** The second half of a run through an upstream: looks, until it is done there. */
@Injectable()
export class UpstreamPolling {
  constructor(
    private readonly jobs: RunJobs,
    private readonly calls: UpstreamCalls,
    private readonly schedule: LookSchedule,
    private readonly line: UpstreamLine,
    private readonly ends: RunEnds,
    private readonly clock: Clock,
  ) {}

  /** @returns when to look next; null when the run has ended */
  async look(work: UpstreamWork): Promise<Date | null> {
    const place = await this.jobs.remotePlace(work);
    if (place === null) throw new Error('A polling job has no place to look at.');
    try {
      return await this.#look(work, place);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      return this.#failed(work, error);
    }
  }

  async #look(work: UpstreamWork, { remoteId, userId }: RemotePlace): Promise<Date | null> {
    const { body } = await this.calls.call(work.upstream, userId, {
      method: 'GET',
      path: `/v2/action-runs/${encodeURIComponent(remoteId)}`,
      urgency: 'worker',
      keepsLine: true,
      timeoutSeconds: TIMEOUT_SECONDS,
    });
    const seen = readRun(body);
    const outcome = seen && outcomeThere(seen, body, work.app.definition.title);
    if (!outcome) return this.#again(work, { faults: seen?.state === 'waiting' ? 0 : work.job.faults + 1 });
    const hasEnded = await this.ends.end(work, outcome);
    if (hasEnded && outcome.state === 'succeeded') this.schedule.done(work);
    return null;
  }

  async #failed(work: UpstreamWork, error: UpstreamError): Promise<Date | null> {
    const { claim, job } = work;
    const now = this.clock.now();
    const verdict = judgeLook(error, askedOf(work), { acceptedAt: job.acceptedAt, now });
    if (verdict.kind === 'trouble') return this.#again(work, { faults: job.faults + 1, notBefore: verdict.at });
    if (verdict.kind === 'ended') {
      await this.ends.end(work, verdict.outcome);
      return null;
    }
    const dueAt = await this.line.turn(work, verdict.at ?? secondsAfter(now, SOON_SECONDS));
    await this.jobs.postpone(claim, { ...marksOf(job), dueAt });
    return earlier(dueAt, job.deadline);
  }

  /** Seldom while many are looked at: all looks together leave calls for others. */
  async #again(
    work: UpstreamWork,
    { faults, notBefore = null }: { faults: number; notBefore?: Date | null },
  ): Promise<Date> {
    const { claim, run, job } = work;
    const now = this.clock.now();
    const fair = secondsAfter(now, await this.line.secondsBetweenLooks(work));
    const planned = await this.schedule.next({ run, job, poll: null }, null);
    const dueAt = [fair, notBefore ?? now].reduce(later, planned);
    await this.jobs.lookAgain(claim, dueAt, { faults, lookedAt: faults === 0 ? now : job.lookedAt });
    return earlier(dueAt, job.deadline);
  }
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}
