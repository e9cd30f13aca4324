import { Injectable } from '@nestjs/common';
import { AccessTokens } from './access-tokens.js';
import { MAX_ACCESS_TOKEN_SECONDS } from './denials.js';
import type { AuthenticatedClient, Grant, Parameters, TokenResponse } from './grant.js';
import { resolveAppScopes } from './scopes.js';

/** RFC 6749 §4.4: a token of the client itself, for no user. §4.4.3: "A refresh token SHOULD NOT be included". */
@Injectable()
export class ClientCredentials implements Grant {
  readonly grantType = 'client_credentials';
  readonly name = 'client_credentials';
  /** RFC 6749 §4.4: "MUST only be used by confidential clients". */
  readonly clients = 'confidential';
  readonly parameters = ['scope'];

  constructor(private readonly accessTokens: AccessTokens) {}

  async handler({ scope }: Parameters, { tenant, client }: AuthenticatedClient): Promise<TokenResponse> {
    const scopes = resolveAppScopes(scope, client.scopes);
    const bearer = { tenantId: tenant.id, kind: 'app', clientId: client.clientId, scopes } as const;
    const { token } = this.accessTokens.issue(
      { ...bearer, userId: null, origin: null, grantId: null },
      MAX_ACCESS_TOKEN_SECONDS,
    );
    return {
      access_token: token.reveal(),
      token_type: 'Bearer',
      expires_in: MAX_ACCESS_TOKEN_SECONDS,
      scope: scopes.join(' '),
    };
  }
}
