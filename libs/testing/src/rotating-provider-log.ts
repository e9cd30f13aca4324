import { createHash } from 'node:crypto';

/** Milliseconds since the epoch, by the provider's clock. */
type Milliseconds = number;

/** What the provider wrote down about one request to its token endpoint. A token is named by its fingerprint. */
export interface TokenRequest {
  at: Milliseconds;
  answeredAt: Milliseconds;
  /** Null when the presented token was never one of ours. */
  grant: string | null;
  presented: string;
  /** `issued`, or the error code of RFC 6749 §5.2. */
  outcome: string;
  /** A spent token came again, out of grace, while its grant lived: the grant died of it. */
  reuse: boolean;
  /** Fingerprint of the refresh token that was answered. */
  issued: string | null;
}

/** A request to the provider's own API, with an access token. */
export interface ApiCall {
  at: Milliseconds;
  token: string;
  /** False when the token had ended, or was never one. */
  accepted: boolean;
}

/** A request to the revocation endpoint (RFC 7009). */
export interface RevocationRequest {
  at: Milliseconds;
  token: string;
  grant: string | null;
}

export interface GrantState {
  grant: string;
  alive: boolean;
  /** Fingerprints of its refresh tokens that were not spent. More than one after a repeat within grace. */
  live: string[];
}

export interface MintedGrant {
  grant: string;
  refreshToken: string;
  accessToken: string;
}

export interface ProviderSettings {
  /** A token that was spent less than this ago may be presented again. */
  graceSeconds: number;
  accessTokenSeconds: number;
  clientSecret: string;
}

export function tokenFingerprint(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
