import { Injectable } from '@nestjs/common';
import { Config } from '#libs/config';
import { Clock } from '#libs/scheduling';
import { AccessTokens } from './access-tokens.js';
import { ClientAuthentication } from './client-authentication.js';
import { only } from './form-parameters.js';
import type { AuthenticatedClient } from './grant.js';
import { RefreshTokens, refreshEnd } from './refresh-tokens.store.js';
import { required } from './required-parameter.js';
import type { TokenRequest } from './token-endpoint.js';

interface ActiveToken {
  active: true;
  /** Space-separated. */
  scope: string;
  client_id: string;
  iss: string;
  /** Our id of the user; absent where the token speaks for none. */
  sub?: string;
  /** Absent for a refresh token, which is no bearer. */
  token_type?: 'Bearer';
  /** Seconds since the epoch. Absent for a refresh token without end. */
  exp?: number;
  iat?: number;
}

/** Members of RFC 7662 §2.2. */
export type TokenIntrospection = ActiveToken | { active: false };

/**
 * RFC 7662, for confidential clients, about their own tokens. §2.2: for any other token "the authorization server MUST return an
 * introspection response with the "active" field set to "false"" and SHOULD NOT say more, "including why the token is inactive".
 */
@Injectable()
export class Introspection {
  constructor(
    private readonly clients: ClientAuthentication,
    private readonly accessTokens: AccessTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem invalid_client, invalid_request */
  async introspect({ form, authorization, admit }: TokenRequest): Promise<TokenIntrospection> {
    const parameters = only(form, ['client_id', 'client_secret', 'token', 'token_type_hint']);
    const caller = await this.clients.authenticate(parameters, authorization, 'confidential');
    admit?.(caller);
    const token = required(parameters, 'token');
    return (await this.#accessToken(token, caller)) ?? (await this.#refreshToken(token, caller)) ?? { active: false };
  }

  async #accessToken(token: string, { tenant, client }: AuthenticatedClient): Promise<ActiveToken | null> {
    const bearer = await this.accessTokens.find(token);
    if (bearer?.tenantId !== tenant.id || bearer.clientId !== client.clientId) return null;
    return {
      ...this.#active(bearer),
      token_type: 'Bearer',
      iat: epochSeconds(bearer.issuedAt),
      exp: epochSeconds(bearer.expiresAt),
    };
  }

  async #refreshToken(token: string, { tenant, client }: AuthenticatedClient): Promise<ActiveToken | null> {
    const found = await this.refreshTokens.find(token);
    if (found?.tenantId !== tenant.id || found.clientId !== client.clientId || !found.isLive) return null;
    const end = refreshEnd(found.grantedAt, client);
    if (end !== null && end <= this.clock.now()) return null;
    return { ...this.#active(found), ...(end && { exp: epochSeconds(end) }) };
  }

  #active(token: { scopes: string[]; clientId: string; userId: string | null }): ActiveToken {
    return {
      active: true,
      scope: token.scopes.join(' '),
      client_id: token.clientId,
      iss: this.config.publicUrl,
      ...(token.userId !== null && { sub: token.userId }),
    };
  }
}

function epochSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
