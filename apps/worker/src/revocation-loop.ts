import { setTimeout } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { RevocationJobWorker, RevocationWorker } from '#libs/connections';
import { Wakeups } from '#libs/database';

const JOBS_EVERY_MILLISECONDS = 1000;
const EVERY_MILLISECONDS = 10_000;
const DRAIN_MILLISECONDS = 5000;

/** Disconnects what operators want gone at once, and ends the revocations that were left behind. */
@Injectable()
export class RevocationLoop implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly revocations: RevocationWorker,
    private readonly jobs: RevocationJobWorker,
    private readonly wakeups: Wakeups,
  ) {}

  onModuleInit(): void {
    this.wakeups.listen('revocation_jobs', () => void this.jobs.runDue());
  }

  @Interval(JOBS_EVERY_MILLISECONDS)
  tickJobs(): void {
    void this.jobs.runDue();
  }

  @Interval(EVERY_MILLISECONDS)
  tick(): void {
    this.revocations.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.jobs.stop();
    await Promise.race([this.revocations.stop(), setTimeout(DRAIN_MILLISECONDS, undefined, { ref: false })]);
  }
}
