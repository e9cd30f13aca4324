import { setTimeout as wait } from 'node:timers/promises';

const BETWEEN_MILLISECONDS = 250;

/**
 * Tries until it works or `deadline` has passed; then the last error is thrown. For storing what can't be had again: a database that is away
 * for a moment must not lose it. `work` must be safe to repeat after it succeeded without our hearing of it.
 */
export async function retryUntil<Result>(deadline: Date, work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() + BETWEEN_MILLISECONDS > deadline.getTime()) throw error;
      await wait(BETWEEN_MILLISECONDS);
    }
  }
}
