import { setTimeout } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CatalogReading } from '#libs/upstream';

const EVERY_MILLISECONDS = 1000;
const DRAIN_MILLISECONDS = 5000;

/** Reads the lists of apps of upstreams. What is in hand when the process ends is read again by another. */
@Injectable()
export class CatalogLoop implements BeforeApplicationShutdown {
  constructor(private readonly reading: CatalogReading) {}

  @Interval(EVERY_MILLISECONDS)
  tick(): void {
    this.reading.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.race([this.reading.stop(), setTimeout(DRAIN_MILLISECONDS, undefined, { ref: false })]);
  }
}
