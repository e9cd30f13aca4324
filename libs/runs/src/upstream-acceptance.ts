import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Upstreams, readRun, type UpstreamAnswer } from '#libs/upstream';
import { LookSchedule } from './look-schedule.js';
import { RunEnds } from './run-ends.js';
import { RunJobs } from './run-jobs.store.js';
import { failed } from './run-outcome.js';
import { outcomeThere, unknownThere } from './upstream-outcomes.js';
import type { UpstreamWork } from './upstream-work.js';

/** What the upstream takes at most, by the wire (protocol.md C34), and a minute to hear of it. */
const AFTER_ACCEPTANCE_SECONDS = 240;

/** An upstream has taken a run on: from then on we look. */
@Injectable()
export class UpstreamAcceptance {
  constructor(
    private readonly jobs: RunJobs,
    private readonly upstreams: Upstreams,
    private readonly schedule: LookSchedule,
    private readonly ends: RunEnds,
    private readonly clock: Clock,
  ) {}

  /** @returns when to look; null when the run has ended */
  async accept(work: UpstreamWork, userId: string, { headers, body }: UpstreamAnswer): Promise<Date | null> {
    const { claim, upstream, app } = work;
    if (headers['idempotency-replayed'] !== undefined) await this.upstreams.noteHonoursKeys(upstream);
    const taken = readRun(body);
    const outcome = taken && outcomeThere(taken, body, app.definition.title);
    if (outcome) {
      await this.ends.end(work, outcome);
      return null;
    }
    const remoteId = taken?.id ?? null;
    if (remoteId === null) return this.#unfollowed(work);
    return this.ends.store(claim, () => this.#follow(work, { remoteId, userId }));
  }

  async #follow(work: UpstreamWork, place: { remoteId: string; userId: string }): Promise<Date> {
    const { claim, run, job } = work;
    const latest = secondsAfter(this.clock.now(), AFTER_ACCEPTANCE_SECONDS);
    const deadline = latest > job.deadline ? latest : job.deadline;
    const dueAt = await this.schedule.next({ run, job, poll: null }, null);
    await this.jobs.accept(claim, new Secret(place), dueAt, deadline);
    return dueAt;
  }

  async #unfollowed(work: UpstreamWork): Promise<null> {
    const { title } = work.upstream;
    const detail = `${title} took the run and gave no id by which it could be followed.`;
    const outcome = work.isSafe
      ? failed('partner', 'The result can not be followed', detail)
      : unknownThere(title, detail);
    await this.ends.end(work, outcome);
    return null;
  }
}
