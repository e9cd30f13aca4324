import { Injectable, Logger } from '@nestjs/common';
import { Database } from '#libs/database';
import { Clock, OutageLog, secondsAfter } from '#libs/scheduling';
import { DataKeyStore } from './data-keys.store.js';
import { DataKeys } from './data-keys.js';

const DAY_SECONDS = 86_400;
const MAX_AGE_SECONDS = 90 * DAY_SECONDS;
/** Half of what a key may seal with random nonces (NIST SP 800-38D §8.3). */
export const MAX_SEALS = 2 ** 31;
/** What was sealed under it may lie in a worker's journal so long, waiting for the database. */
const KEPT_SECONDS = DAY_SECONDS;
const EVERY_SECONDS = 60;
const KEYS_AT_ONCE = 200;

/** Gives tenants a new data key in time, and deletes old ones that open nothing any more. Any number of workers may do it at once. */
@Injectable()
export class DataKeyRenewal {
  readonly #outage = new OutageLog(new Logger('DataKeyRenewal'), 'Renewals of data keys');
  #lookedAt: Date | null = null;

  constructor(
    private readonly store: DataKeyStore,
    private readonly dataKeys: DataKeys,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** For a tick: never throws. */
  async runDue(): Promise<void> {
    const now = this.clock.now();
    if (this.#lookedAt && secondsAfter(this.#lookedAt, EVERY_SECONDS) > now) return;
    this.#lookedAt = now;
    await this.#outage.around(async () => {
      await this.#renew(now);
      await this.#deleteUnneeded(now);
    });
  }

  async #renew(now: Date): Promise<void> {
    const due = await this.store.due(secondsAfter(now, -MAX_AGE_SECONDS), MAX_SEALS, KEYS_AT_ONCE);
    // By the generation that was seen: another worker may have been faster.
    for (const { tenantId, generation } of due)
      await this.dataKeys.succeed(tenantId, generation, this.database.of(tenantId));
  }

  async #deleteUnneeded(now: Date): Promise<void> {
    const unneeded = await this.store.unneeded(secondsAfter(now, -KEPT_SECONDS), KEYS_AT_ONCE);
    for (const { tenantId, generation } of unneeded) await this.store.delete(tenantId, generation);
  }
}
