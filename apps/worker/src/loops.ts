import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Wakeups } from '#libs/database';
import { RefreshWorker } from '#libs/refresh';
import { RunWorker } from '#libs/runs';

const TICK_MILLISECONDS = 1000;

/** Ticks and wake-ups for the loops. A tick only says "look": what is due, and for whom, is in the rows. */
@Injectable()
export class Loops implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly runs: RunWorker,
    private readonly refresh: RefreshWorker,
    private readonly wakeups: Wakeups,
  ) {}

  onModuleInit(): void {
    this.wakeups.listen('run_jobs', () => this.runs.wake());
    this.wakeups.listen('connections', () => this.refresh.wake());
  }

  @Interval(TICK_MILLISECONDS)
  tick(): void {
    this.runs.wake();
    this.refresh.wake();
  }

  /** Takes no more work and finishes what is in hand, before anything that it needs is taken away. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.runs.stop(), this.refresh.stop()]);
  }
}
