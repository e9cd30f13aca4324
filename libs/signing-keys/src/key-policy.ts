import type { SigningAlgorithm } from './key-pair.js';

/** How a tenant's keys are rotated. */
export interface KeyPolicy {
  alg: SigningAlgorithm;
  /** Null: on demand only. */
  rotateEveryDays: number | null;
  /** How long a new key is published before it signs: longer than anyone caches the JWKS. */
  activateAfterSeconds: number;
  /** How long the old key stays published after its last signature: longer than anything it signed is valid. */
  overlapSeconds: number;
}

/** An hour and the five minutes that the JWKS may be cached; a quarter of a year; a week for consumers that cache against advice. */
export const defaultPolicy: KeyPolicy = {
  alg: 'ES256',
  rotateEveryDays: 90,
  activateAfterSeconds: 3900,
  overlapSeconds: 604_800,
};

/** Below what consumers of a JWKS take: ours refuses more than 100 keys, and the document stays small. */
export const MAX_PUBLISHED_KEYS = 20;

const JWKS_MAX_AGE_SECONDS = 300;

/** How long the JWKS may be cached: well below the lead of a new key, or a consumer could meet a signature before the key. */
export function jwksMaxAgeSeconds({ activateAfterSeconds }: Pick<KeyPolicy, 'activateAfterSeconds'>): number {
  return Math.min(JWKS_MAX_AGE_SECONDS, Math.floor(activateAfterSeconds / 2));
}
