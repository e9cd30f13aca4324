import { secondsAfter } from '#libs/scheduling';

const LEAD_SECONDS = 15 * 60;
const JITTER = 0.2;
/** However short a token lives, its app is asked for a new one no more often than this. */
const LEAST_SECONDS = 5;

/**
 * When to refresh an access token: min(15 min, half of its life) before it ends, and up to a fifth of that lead earlier, so that tokens
 * obtained together are not refreshed together.
 * @returns null when the token has no known end
 */
export function refreshDueAt(obtainedAt: Date, expiresAt: Date | null, random = Math.random): Date | null {
  if (!expiresAt) return null;
  const lifeSeconds = Math.max(0, (expiresAt.getTime() - obtainedAt.getTime()) / 1000);
  const leadSeconds = Math.min(LEAD_SECONDS, lifeSeconds / 2);
  const afterSeconds = lifeSeconds - leadSeconds * (1 + JITTER * random());
  return secondsAfter(obtainedAt, Math.max(LEAST_SECONDS, afterSeconds));
}
