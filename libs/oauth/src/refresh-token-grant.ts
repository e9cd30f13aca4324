import { Injectable } from '@nestjs/common';
import { problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { bearerResponse } from './authorization-access-token.js';
import { stillAllowed } from './authorization-scopes.js';
import type { AuthenticatedClient, Grant, Parameters, TokenResponse } from './grant.js';
import { RefreshTokens } from './refresh-tokens.store.js';
import { required } from './required-parameter.js';
import { resolveScopes } from './scopes.js';

/** RFC 6749 §6. Client, tenant and user are looked at anew each time, and so is what the client is registered for. */
@Injectable()
export class RefreshTokenGrant implements Grant {
  readonly grantType = 'refresh_token';
  readonly name = 'refresh_token';
  readonly clients = 'any';
  readonly parameters = ['refresh_token', 'scope'];

  constructor(
    private readonly refreshTokens: RefreshTokens,
    private readonly clock: Clock,
  ) {}

  async handler(parameters: Parameters, { tenant, client }: AuthenticatedClient): Promise<TokenResponse> {
    const token = required(parameters, 'refresh_token');
    // Fewer for this access token, never more (protocol.md C10). The next refresh starts from the whole grant again.
    const pair = await this.refreshTokens.rotate(tenant.id, token, client, (grant) =>
      resolveScopes(parameters.scope, stillAllowed(grant.scopes, client)),
    );
    if (pair) return bearerResponse(pair, this.clock.now());
    throw problem(
      'invalid_grant',
      'The refresh_token is not good: it is unknown, revoked, over, or was used before. Send the user to authorize again.',
    );
  }
}
