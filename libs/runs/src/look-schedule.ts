import { Injectable } from '@nestjs/common';
import { Clock, secondsAfter } from '#libs/scheduling';
import { ActionDurations } from './action-durations.js';
import { nextLookSeconds } from './poll-schedule.js';
import type { RunWork } from './run-work.js';

/** When to look at what an app goes on with. */
@Injectable()
export class LookSchedule {
  constructor(
    private readonly durations: ActionDurations,
    private readonly clock: Clock,
  ) {}

  /** @param retryAfter seconds that the app asks for */
  async next({ run, job, poll }: Pick<RunWork, 'run' | 'job' | 'poll'>, retryAfter: number | null): Promise<Date> {
    const now = this.clock.now();
    const seconds = nextLookSeconds({
      looks: job.polls,
      elapsed: job.acceptedAt === null ? 0 : secondsBetween(job.acceptedAt, now),
      retryAfter,
      interval: poll?.intervalSeconds ?? null,
      usual: retryAfter === null ? await this.durations.of(run) : null,
    });
    return secondsAfter(now, seconds);
  }

  /** It is done: some time between the last look that found it unfinished and now. */
  done({ run, job: { acceptedAt, lookedAt } }: Pick<RunWork, 'run' | 'job'>): void {
    if (acceptedAt === null || lookedAt === null) return;
    const now = this.clock.now();
    this.durations.note(run, (secondsBetween(acceptedAt, lookedAt) + secondsBetween(acceptedAt, now)) / 2);
  }
}

function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, to.getTime() - from.getTime()) / 1000;
}
