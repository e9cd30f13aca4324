import type { TenantId } from '#libs/database';
import { problem, type Problem } from '#libs/errors';
import type { LimitName } from './limits.js';
import type { Quota, RateLimits } from './rate-limits.js';

/** What one request counts against. A request that is refused counts against nothing: whoever hammers at one limit leaves the others alone. */
export class Tally {
  readonly #touched: (() => Quota)[] = [];
  #takeBack: (() => void)[] = [];

  constructor(private readonly limits: RateLimits) {}

  /** @throws Problem throttled when nothing is left. Counts nothing */
  require(tenantId: TenantId, limit: LimitName, subject: string): void {
    if (!this.isSpent(tenantId, limit, subject)) return;
    throw this.refusal(tenantId, limit, subject);
  }

  /** Counts one. @throws Problem throttled when nothing is left */
  take(tenantId: TenantId, limit: LimitName, subject: string): void {
    this.require(tenantId, limit, subject);
    this.#touched.push(() => this.limits.quota(tenantId, limit, subject));
    this.#takeBack.push(this.limits.count(tenantId, limit, subject));
  }

  /** Counts what a failure costs, whatever is left. */
  add(tenantId: TenantId, limit: LimitName, subject: string, cost = 1): void {
    this.limits.count(tenantId, limit, subject, cost);
  }

  isSpent(tenantId: TenantId, limit: LimitName, subject: string): boolean {
    return this.limits.quota(tenantId, limit, subject).remaining === 0;
  }

  /** Of this request, for this limit. Gives back whatever it took. */
  refusal(tenantId: TenantId, limit: LimitName, subject: string): Problem {
    for (const takeBack of this.#takeBack) takeBack();
    this.#takeBack = [];
    this.#touched.splice(0, Infinity, () => this.limits.quota(tenantId, limit, subject));
    const retryAfterSeconds = this.limits.secondsUntil(this.limits.quota(tenantId, limit, subject));
    return problem('throttled', `Too many requests. Send the next one in ${retryAfterSeconds} s.`, {
      retryAfterSeconds,
    });
  }

  /** The quota that is nearest to its end, of those that this request counts against. */
  nearest(): Quota | undefined {
    const [first, ...others] = this.#touched.map((quota) => quota());
    return first && others.reduce((least, quota) => (quota.remaining < least.remaining ? quota : least), first);
  }
}
