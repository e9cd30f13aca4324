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
