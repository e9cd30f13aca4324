import { ApiError } from './problem.js';
import type { RateLimit } from './settings.js';

interface Window {
  /** When each counted request came. */
  at: number[];
  closedUntil: number;
}

export interface Allowance {
  limit: number;
  remaining: number;
  resetsAt: number;
}

/** Counts over a sliding window: stricter than windows with fixed edges, so no client passes here by luck. */
export class RateLimiter {
  readonly #windows = new Map<string, Window>();

  /** @returns what is left of the tighter limit; null without limits @throws 429 */
  count(limit: RateLimit, address: string, partner: string | null, now: number): Allowance | null {
    const asked: [string, number | null][] = [
      [`address ${address}`, limit.perAddress],
      [`partner ${partner}`, partner === null ? null : limit.perPartner],
    ];
    const allowances = asked.flatMap(([name, most]) => (most === null ? [] : [this.#look(name, most, limit, now)]));
    for (const { window } of allowances) window.at.push(now);
    return allowances.map(({ allowance }) => allowance).sort((a, b) => a.remaining - b.remaining)[0] ?? null;
  }

  clear(): void {
    this.#windows.clear();
  }

  #look(name: string, most: number, limit: RateLimit, now: number): { window: Window; allowance: Allowance } {
    const window = this.#windows.get(name) ?? { at: [], closedUntil: 0 };
    this.#windows.set(name, window);
    if (now < window.closedUntil) throw throttled(most, window.closedUntil, now);
    window.at = window.at.filter((at) => at > now - limit.windowMilliseconds);
    if (window.at.length >= most) {
      window.closedUntil = now + limit.cooldownMilliseconds;
      window.at = [];
      throw throttled(most, window.closedUntil, now);
    }
    const resetsAt = (window.at[0] ?? now) + limit.windowMilliseconds;
    return { window, allowance: { limit: most, remaining: most - window.at.length - 1, resetsAt } };
  }
}

export function limitHeaders({ limit, remaining, resetsAt }: Allowance): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(Math.ceil(resetsAt / 1000)),
  };
}

function throttled(limit: number, until: number, now: number): ApiError {
  const wait = Math.max(1, Math.ceil((until - now) / 1000));
  const headers = { 'retry-after': String(wait), ...limitHeaders({ limit, remaining: 0, resetsAt: until }) };
  return new ApiError(429, 'throttled', 'Too many requests.', { headers });
}
