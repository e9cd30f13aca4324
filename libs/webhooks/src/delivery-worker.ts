import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Clock, DueWorker, type ClaimedRow } from '#libs/scheduling';
import { DeliveryAttempts } from './delivery-attempts.js';
import { DueDeliveries } from './due-deliveries.store.js';

/** Each of them may wait for an endpoint that hangs. */
const CONCURRENCY = 256;
const DRAIN_MILLISECONDS = 8000;

/** Tells endpoints what happened: each of them at least once, or until its attempts are used up. */
@Injectable()
export class DeliveryWorker {
  readonly #log = new Logger('DeliveryWorker');
  readonly #worker = new DueWorker<ClaimedRow>({
    name: 'webhooks',
    concurrency: CONCURRENCY,
    claim: (limit) => this.deliveries.claim(limit),
    handle: (claim) => this.#handle(claim),
    onError: (error) => this.#log.error(error),
  });

  constructor(
    private readonly deliveries: DueDeliveries,
    private readonly attempts: DeliveryAttempts,
    private readonly clock: Clock,
  ) {}

  /** Something is due, or may be. */
  wake(): void {
    this.#worker.wake();
  }

  /** To be called each second. */
  tick(): void {
    this.deliveries.beat();
    this.#worker.wake();
  }

  /** An attempt that lasts longer is made again by another worker. */
  async stop(): Promise<void> {
    const drained = this.#worker.stop().then(() => true);
    const isDrained = await Promise.race([drained, delay(DRAIN_MILLISECONDS, false, { ref: false })]);
    if (isDrained) await this.deliveries.leave();
  }

  async #handle(claim: ClaimedRow): Promise<void> {
    try {
      await this.#step(claim);
    } finally {
      this.deliveries.handled(claim);
    }
  }

  async #step(claim: ClaimedRow): Promise<void> {
    const due = await this.deliveries.find(claim);
    switch (due.kind) {
      case 'lost':
        return;
      case 'orphaned':
        return this.deliveries.drop(claim);
      case 'disabled':
        return this.deliveries.giveUp(claim, 'The webhook is disabled.');
      case 'altered':
        return this.deliveries.giveUp(claim, 'The URL and the secrets of the webhook do not open any more.');
      case 'waits':
        return this.deliveries.postpone(claim, due.until);
      case 'due':
        // Too late to be over before the row is another worker's.
        if (this.attempts.latestEnd() > claim.leaseEnd) return this.deliveries.postpone(claim, this.clock.now());
        return this.attempts.make(claim, due);
    }
  }
}
