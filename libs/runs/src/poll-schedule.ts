const STEPS_SECONDS = [1, 1, 2, 3, 5, 8, 13, 20, 30];
const JITTER = 0.2;

/**
 * Seconds until the next look: what the third party asked for, else 1, 1, 2, 3, 5 … 30, varied by a fifth so that runs begun together do
 * not ask together.
 * @param polls looks so far
 */
export function nextPollSeconds(polls: number, retryAfterSeconds: number | null, random = Math.random): number {
  if (retryAfterSeconds !== null) return retryAfterSeconds;
  const step = STEPS_SECONDS[Math.min(polls, STEPS_SECONDS.length - 1)] ?? 30;
  return step * (1 - JITTER + 2 * JITTER * random());
}
