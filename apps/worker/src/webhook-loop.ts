import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Wakeups } from '#libs/database';
import { DeliveryWorker } from '#libs/webhooks';

const EVERY_MILLISECONDS = 1000;

/** Has endpoints told what happened. */
@Injectable()
export class WebhookLoop implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly deliveries: DeliveryWorker,
    private readonly wakeups: Wakeups,
  ) {}

  onModuleInit(): void {
    this.wakeups.listen('webhook_deliveries', () => this.deliveries.wake());
  }

  @Interval(EVERY_MILLISECONDS)
  tick(): void {
    this.deliveries.tick();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.deliveries.stop();
  }
}
