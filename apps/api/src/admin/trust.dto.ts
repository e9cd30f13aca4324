import { IsBoolean, IsString } from 'class-validator';
import type { TrustStatus } from '#libs/trusted-keys';
import { Optional } from '../http/optional.js';

export class RefreshTrustDto {
  /** Forgets what was fetched before it asks again: for a key that must not be used for another day while its source is down. */
  @Optional()
  @IsBoolean()
  forget?: boolean;
}

export class ExplainTokenDto {
  /** Of any length: one that is too long is a failed check, not a malformed request. */
  @IsString()
  token!: string;
}

export function toTrust(status: TrustStatus) {
  const { jwksUri, uploaded } = status;
  return {
    source: { ...(jwksUri !== null && { jwks_uri: jwksUri }), ...(uploaded && { uploaded: true }) },
    fetched_at: status.fetchedAt,
    fresh_until: status.freshUntil,
    stale: status.stale,
    stale_until: status.staleUntil,
    health: status.health,
    last_error: status.lastError,
    last_attempt_at: status.lastAttemptAt,
    failures: status.failures,
    keys: status.keys.map(({ kid, alg, kty, source, firstSeenAt, lastUsedAt }) => ({
      kid,
      alg,
      kty,
      source,
      first_seen_at: firstSeenAt,
      last_used_at: lastUsedAt,
    })),
    ignored: status.ignored.map(({ kid, reason }) => ({ kid, reason })),
  };
}
