import { secondsAfter } from '#libs/scheduling';
import type { PublicJwk } from './jws-signature.js';
import type { IgnoredKey } from './key-admission.js';
import type { TrustedKeySet } from './trusted-key-set.entity.js';
import type { TrustedKeyUse } from './trusted-key-use.entity.js';

/** For how long a copy is good while its source fails (protocol.md C20). */
const STALE_SECONDS = 24 * 3600;

/**
 * `ok`: the last fetch worked · `failing`: it did not, what is held still verifies · `unusable`: nothing is left to verify with · `uploaded`:
 * there is no URL to fetch · `not_fetched`: nobody needed it yet
 */
type TrustHealth = 'ok' | 'failing' | 'unusable' | 'uploaded' | 'not_fetched';

interface TrustedKeyStatus {
  kid: string;
  alg: string | null;
  kty: string;
  source: 'url' | 'uploaded';
  firstSeenAt: Date | null;
  lastUsedAt: Date | null;
}

/** What the tenant's operator sees of its own keys. */
export interface TrustStatus {
  jwksUri: string | null;
  uploaded: boolean;
  fetchedAt: Date | null;
  freshUntil: Date | null;
  stale: boolean;
  staleUntil: Date | null;
  health: TrustHealth;
  lastError: string | null;
  lastAttemptAt: Date | null;
  failures: number;
  keys: TrustedKeyStatus[];
  ignored: IgnoredKey[];
}

export function toTrustStatus(set: TrustedKeySet, uses: readonly TrustedKeyUse[], now: Date): TrustStatus {
  const isUploaded = (kid: string) => set.uploadedKeys?.some((key) => key.kid === kid) ?? false;
  const describe = (source: 'url' | 'uploaded') => (key: PublicJwk) => toKeyStatus(key, source, uses);
  return {
    jwksUri: set.jwksUri,
    uploaded: set.uploadedKeys !== null,
    fetchedAt: set.fetchedAt,
    freshUntil: set.freshUntil,
    stale: set.jwksUri !== null && (!isFresh(set, now) || set.lastError !== null),
    staleUntil: set.fetchedAt && secondsAfter(set.fetchedAt, STALE_SECONDS),
    health: healthOf(set, now),
    lastError: set.lastError,
    lastAttemptAt: set.attemptedAt,
    failures: set.failures,
    keys: [
      ...(set.uploadedKeys ?? []).map(describe('uploaded')),
      // An uploaded key hides the fetched one of its kid.
      ...(set.fetchedKeys ?? []).filter(({ kid }) => !isUploaded(kid)).map(describe('url')),
    ],
    ignored: [...set.uploadedIgnored, ...set.fetchedIgnored],
  };
}

export function isFresh({ freshUntil }: Pick<TrustedKeySet, 'freshUntil'>, now: Date): boolean {
  return freshUntil !== null && freshUntil > now;
}

/** Whether the copy may stand in while its source fails. */
export function isWithinStaleLimit({ fetchedAt }: Pick<TrustedKeySet, 'fetchedAt'>, now: Date): boolean {
  return fetchedAt !== null && secondsAfter(fetchedAt, STALE_SECONDS) >= now;
}

function healthOf(set: TrustedKeySet, now: Date): TrustHealth {
  if (set.jwksUri === null) return 'uploaded';
  if (set.lastError !== null) return set.uploadedKeys !== null || isWithinStaleLimit(set, now) ? 'failing' : 'unusable';
  return set.fetchedAt === null ? 'not_fetched' : 'ok';
}

function toKeyStatus(
  { kid, alg, kty }: PublicJwk,
  source: 'url' | 'uploaded',
  uses: readonly TrustedKeyUse[],
): TrustedKeyStatus {
  const use = uses.find((candidate) => candidate.kid === kid);
  return {
    kid,
    alg: alg ?? null,
    kty,
    source,
    firstSeenAt: use?.firstSeenAt ?? null,
    lastUsedAt: use?.lastUsedAt ?? null,
  };
}
