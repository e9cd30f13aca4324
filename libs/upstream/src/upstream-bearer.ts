import type { Secret } from '#libs/crypto';

/** An access token that an upstream takes. */
export interface UpstreamBearer {
  token: Secret<string>;
  /** The upstream did not take it: whoever takes one after this gets another. */
  drop(): Promise<void>;
}
