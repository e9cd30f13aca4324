import { setTimeout } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { RevocationWorker } from '#libs/connections';

const EVERY_MILLISECONDS = 10_000;
const DRAIN_MILLISECONDS = 5000;

/** Ends the revocations that were left behind. */
@Injectable()
export class RevocationLoop implements BeforeApplicationShutdown {
  constructor(private readonly revocations: RevocationWorker) {}

  @Interval(EVERY_MILLISECONDS)
  tick(): void {
    this.revocations.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.race([this.revocations.stop(), setTimeout(DRAIN_MILLISECONDS, undefined, { ref: false })]);
  }
}
