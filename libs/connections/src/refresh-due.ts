import { secondsAfter } from '#libs/scheduling';
import type { Credentials } from './credentials.js';
import { FIRST_TIME } from './refresh-demand.js';

const LEAD_SECONDS = 15 * 60;
const JITTER = 0.2;
/** However short a token lives, its app is asked for a new one no more often than this. */
const LEAST_SECONDS = 5;

/**
 * When the refresh loop has to look at a connection: before its access token ends and, where its app asks for it, before it has been idle too
 * long. A token that can't be refreshed is looked at when it ends, since from then on only the user can help.
 * @returns null when there is nothing to wait for; never a rank of demand, whatever times an import brought along
 */
export function lookDueAt(value: Credentials, keepAliveSeconds: number | null, random = Math.random): Date | null {
  const dueAt = endOf(value, keepAliveSeconds, random);
  return dueAt && dueAt < FIRST_TIME ? FIRST_TIME : dueAt;
}

function endOf(value: Credentials, keepAliveSeconds: number | null, random: () => number): Date | null {
  if (value.kind !== 'oauth2') return null;
  const expiresAt = value.expiresAt === null ? null : new Date(value.expiresAt);
  if (value.refreshToken === null) return expiresAt;
  const obtainedAt = new Date(value.obtainedAt);
  // Imported with nothing but a refresh token: there is none to wait for.
  if (value.accessToken === '') return obtainedAt;
  const times = [
    refreshDueAt(obtainedAt, expiresAt, random),
    keepAliveSeconds === null ? null : secondsAfter(obtainedAt, keepAliveSeconds * (1 - JITTER * random())),
  ].filter((time) => time !== null);
  return times.length === 0 ? null : new Date(Math.min(...times.map((time) => time.getTime())));
}

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
