import type { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import type { AccessTokens } from './access-tokens.js';
import { MAX_ACCESS_TOKEN_SECONDS } from './denials.js';
import type { TokenResponse } from './grant.js';
import type { LiveGrant } from './grant-facts.js';

export interface IssuedAccessToken {
  token: Secret<string>;
  scopes: string[];
  expiresAt: Date;
}

export interface TokenPair {
  access: IssuedAccessToken;
  refreshToken: Secret<string>;
}

/** An access token of a grant: for its user, and ended with it. */
export function issueAccessToken(
  accessTokens: AccessTokens,
  tenantId: TenantId,
  { id: grantId, clientId, userId }: LiveGrant,
  scopes: string[],
): IssuedAccessToken {
  const bearer = { tenantId, kind: 'access', clientId, userId, scopes, origin: null, grantId } as const;
  return { ...accessTokens.issue(bearer, MAX_ACCESS_TOKEN_SECONDS), scopes };
}

/** RFC 6749 §5.1. */
export function bearerResponse(
  { access, refreshToken }: Pick<TokenPair, 'access'> & Partial<TokenPair>,
  now: Date,
): TokenResponse {
  return {
    access_token: access.token.reveal(),
    token_type: 'Bearer',
    // To the nearest second: a moment has passed since it was issued.
    expires_in: Math.round((access.expiresAt.getTime() - now.getTime()) / 1000),
    scope: access.scopes.join(' '),
    ...(refreshToken && { refresh_token: refreshToken.reveal() }),
  };
}
