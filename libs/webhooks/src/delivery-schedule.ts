/** Before the second attempt and each later one: 8 attempts over about 28 hours, as Standard Webhooks proposes. */
const WAITS_SECONDS = [5, 300, 1800, 7200, 18_000, 36_000, 36_000];
/** What failed together is not tried together. */
const JITTER = 0.1;

/** The longest pause that an endpoint gets by Retry-After. */
export const MOST_PAUSE_SECONDS = 36_000;

/**
 * @param attempts made so far, 1 or more
 * @returns seconds to wait, 10 % more or less than the schedule says; null when it was the last attempt
 */
export function waitSeconds(attempts: number, random = Math.random): number | null {
  const wait = WAITS_SECONDS[attempts - 1];
  return wait === undefined ? null : wait * (1 - JITTER + 2 * JITTER * random());
}
