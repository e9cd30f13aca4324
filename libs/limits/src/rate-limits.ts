import { Injectable, Logger } from '@nestjs/common';
import type { TenantId } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { limits, type LimitName } from './limits.js';
import { minuteAfter, minuteOf } from './minute.js';
import { RateCounters } from './rate-counters.store.js';
import { WindowCounters } from './window-counters.js';

/** Some megabytes. */
const NAMES = 20_000;

export interface Quota {
  /** Of a window. */
  limit: number;
  remaining: number;
  /** When all of it is there again. */
  resetAt: Date;
}

/**
 * Rate limits that all processes share, at no query per request. Windows are fixed, of a minute, so across an edge a caller can have two
 * windows' worth at once. Each process decides from memory and exchanges at every tick: a limit is exact to within one tick's traffic. Without
 * the database each goes on alone, and hands over later what it counted.
 */
@Injectable()
export class RateLimits {
  readonly #log = new Logger('RateLimits');
  readonly #counters = new WindowCounters(NAMES);
  #exchanging: Promise<boolean> | null = null;
  #isFailing = false;

  constructor(
    private readonly store: RateCounters,
    private readonly clock: Clock,
  ) {}

  quota(tenantId: TenantId, limit: LimitName, subject: string): Quota {
    const windowStart = minuteOf(this.clock.now());
    const believed = this.#counters.believed(tenantId, nameOf(limit, subject), windowStart);
    const remaining = Math.max(0, limits[limit] - believed);
    return { limit: limits[limit], remaining, resetAt: minuteAfter(windowStart) };
  }

  /**
   * Counts, whatever is left.
   * @returns takes it back
   */
  count(tenantId: TenantId, limit: LimitName, subject: string, cost = 1): () => void {
    return this.#counters.add(tenantId, nameOf(limit, subject), minuteOf(this.clock.now()), cost);
  }

  /** Whole seconds, at least one. */
  secondsUntil({ resetAt }: Quota): number {
    return Math.max(1, Math.ceil((resetAt.getTime() - this.clock.now().getTime()) / 1000));
  }

  /**
   * Exchanges what was counted with the other processes: one statement, and none where nothing was counted. Never throws.
   * @returns false when the database did not answer
   */
  sync(): Promise<boolean> {
    this.#exchanging ??= this.#exchange().finally(() => (this.#exchanging = null));
    return this.#exchanging;
  }

  /** Across tenants: for the retention loop only. */
  deleteExpired(limit: number): Promise<number> {
    // A window more, for a process whose clock is behind.
    const current = minuteOf(this.clock.now());
    return this.store.deleteBefore(minuteOf(new Date(current.getTime() - 1)), limit);
  }

  async #exchange(): Promise<boolean> {
    try {
      await this.#counters.exchange(minuteOf(this.clock.now()), (own) => this.store.add(own));
      if (this.#isFailing) this.#log.log('Rate limits are shared again.');
      this.#isFailing = false;
      return true;
    } catch (error) {
      if (!this.#isFailing)
        this.#log.warn({ msg: 'Rate limits can not be shared; each process counts for itself.', cause: error });
      this.#isFailing = true;
      return false;
    }
  }
}

function nameOf(limit: LimitName, subject: string): string {
  return `${limit}:${subject}`;
}
