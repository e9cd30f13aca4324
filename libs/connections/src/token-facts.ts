import { secondsAfter } from '#libs/scheduling';
import type { Credentials } from './credentials.js';
import { lookDueAt } from './refresh-due.js';

/** What the registry knows of credentials without opening them. */
export interface TokenFacts {
  expiresAt: Date | null;
  obtainedAt: Date;
  scopes: string[];
  /** When the refresh loop has to look. */
  dueAt: Date | null;
  keepAliveSeconds: number | null;
}

export function tokenFacts(value: Credentials, now: Date, keepAliveSeconds: number | null): TokenFacts {
  if (value.kind !== 'oauth2')
    return { expiresAt: null, obtainedAt: now, scopes: [], dueAt: null, keepAliveSeconds: null };
  return {
    expiresAt: value.expiresAt === null ? null : new Date(value.expiresAt),
    obtainedAt: new Date(value.obtainedAt),
    scopes: value.scopes,
    dueAt: lookDueAt(value, keepAliveSeconds),
    keepAliveSeconds,
  };
}

const WARNING_SECONDS = 7 * 86_400;

/** When to say that a token ends which can't be renewed: a week before, or when half of a short life is over. Null for all others. */
export function expiryWarningAt(value: Credentials): Date | null {
  if (value.kind !== 'oauth2' || value.refreshToken !== null || value.expiresAt === null) return null;
  const expiresAt = new Date(value.expiresAt);
  const lifeSeconds = Math.max(0, (expiresAt.getTime() - new Date(value.obtainedAt).getTime()) / 1000);
  return secondsAfter(expiresAt, -Math.min(WARNING_SECONDS, lifeSeconds / 2));
}
