import type { Tenant } from '#libs/tenants';
import type { JsonObject, JwsParts } from './jws-parts.js';
import type { VerificationKey } from './jws-signature.js';
import type { RefusalReason } from './refused-token.js';

/** A token under check, with what the checks so far have found in it. */
export interface TokenUnderCheck {
  readonly token: string;
  /** Whose token it has to be: that of the authenticated client, never chosen by the token. */
  readonly tenant: Tenant;
  readonly now: Date;
  readonly keys: KeySource;
  /** Why this jti may not be used (again); null when it may. */
  readonly takeJti: (jti: string, exp: number) => Promise<string | null>;
  /** What `nonce` must be. Undefined: nothing in particular. */
  readonly expectedNonce?: string | undefined;
  /** The token, once it is known to be of a length to work on. */
  text?: string;
  parts?: JwsParts;
  header?: JsonObject;
  payload?: JsonObject;
  alg?: string;
  kid?: string;
  key?: VerificationKey;
  /** The key, once `alg` is known to fit it. */
  fittingKey?: VerificationKey;
  /** Set once the signature has verified. */
  verifiedKid?: string;
  exp?: number;
  iat?: number;
  user?: string;
  org?: string;
}

interface KeySource {
  /** @throws Problem temporarily_unavailable */
  find(kid: string): Promise<VerificationKey | null>;
  /** A sentence for a kid that was not found. */
  whyMissing(kid: string): Promise<string>;
}

export type Finding = { ok: true; seen: () => string } | { ok: false; fault: string };

export interface TokenCheck {
  name: string;
  reason: RefusalReason;
  /** What earlier checks must have found for this one to make sense. */
  needs: readonly (keyof TokenUnderCheck)[];
  run: (token: TokenUnderCheck) => Finding | Promise<Finding>;
}

/** @param seen built only where somebody reads it */
export function passed(seen: () => string): Finding {
  return { ok: true, seen };
}

/** @param fault what was found, what was expected, and what to do next; it quotes values by `excerpt` only */
export function failed(fault: string): Finding {
  return { ok: false, fault };
}

type Having<Need extends keyof TokenUnderCheck> = TokenUnderCheck & Required<Pick<TokenUnderCheck, Need>>;

/** A check that is handed the facts that it needs as present. */
export function check<Need extends keyof TokenUnderCheck>(
  name: string,
  reason: RefusalReason,
  needs: readonly Need[],
  run: (token: Having<Need>) => Finding | Promise<Finding>,
): TokenCheck {
  return { name, reason, needs, run: (token) => run(token as Having<Need>) };
}
