import { setTimeout as delay } from 'node:timers/promises';

const POLL_MILLISECONDS = 100;

/** @returns whether it became true within the time */
export async function becomes(
  condition: () => boolean | Promise<boolean>,
  seconds: number,
  pollMilliseconds = POLL_MILLISECONDS,
): Promise<boolean> {
  for (const end = Date.now() + seconds * 1000; ; await delay(pollMilliseconds)) {
    if (await condition()) return true;
    if (Date.now() > end) return false;
  }
}

/** @throws when it has not become true within the time */
export async function until(what: string, condition: () => boolean | Promise<boolean>, seconds: number): Promise<void> {
  if (!(await becomes(condition, seconds))) throw new Error(`Not after ${seconds} s: ${what}.`);
}
