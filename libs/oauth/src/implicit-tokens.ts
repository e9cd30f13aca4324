import { Injectable } from '@nestjs/common';
import type { TenantId, Transaction } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { AccessTokens } from './access-tokens.js';
import { bearerResponse, issueAccessToken } from './authorization-access-token.js';
import { AuthorizationError } from './authorization-error.js';
import { AuthorizationGrants } from './authorization-grants.store.js';
import type { GrantFacts } from './grant-facts.js';
import { MAX_ACCESS_TOKEN_SECONDS } from './denials.js';

/** The implicit flow (protocol.md 2.2): for old clients alone, and never with a refresh token (RFC 6749 §4.2.2). */
@Injectable()
export class ImplicitTokens {
  constructor(
    private readonly grants: AuthorizationGrants,
    private readonly accessTokens: AccessTokens,
    private readonly clock: Clock,
  ) {}

  /** @returns the parameters of the fragment. @throws AuthorizationError when the user is disabled */
  async issue(tenantId: TenantId, facts: GrantFacts, tx: Transaction): Promise<Record<string, string>> {
    const grantId = await this.grants.create(tenantId, facts, MAX_ACCESS_TOKEN_SECONDS, tx);
    const grant = await this.grants.hold(tenantId, grantId, tx);
    if (!grant) throw new AuthorizationError('access_denied', 'The user is disabled.');
    const access = issueAccessToken(this.accessTokens, tenantId, grant, facts.scopes);
    const { expires_in: seconds, ...members } = bearerResponse({ access }, this.clock.now());
    return { ...members, expires_in: String(seconds) };
  }
}
