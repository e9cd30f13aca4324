import { secondsAfter } from '#libs/scheduling';

/** Before the second try and each later one: 5 tries over about 5 hours. */
const WAITS_SECONDS = [60, 600, 3600, 14_400];
/** What failed together is not tried together. */
const JITTER = 0.1;

/** The longest pause that a third party gets by Retry-After. */
export const MOST_PAUSE_SECONDS = 14_400;

/**
 * @param tries made so far, 1 or more
 * @param notBefore the end of a pause that the third party wants
 * @returns when to try again, 10 % sooner or later than the schedule says; null when it was the last try
 */
export function nextTry(tries: number, notBefore: Date | null, now: Date, random = Math.random): Date | null {
  const wait = WAITS_SECONDS[tries - 1];
  if (wait === undefined) return null;
  const at = secondsAfter(now, wait * (1 - JITTER + 2 * JITTER * random()));
  return notBefore && notBefore > at ? notBefore : at;
}
