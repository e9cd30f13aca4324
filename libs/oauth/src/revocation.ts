import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import { AccessTokens } from './access-tokens.js';
import { AuthorizationGrants } from './authorization-grants.store.js';
import { ClientAuthentication } from './client-authentication.js';
import { Denials } from './denials.js';
import { only } from './form-parameters.js';
import type { AuthenticatedClient } from './grant.js';
import { RefreshTokens } from './refresh-tokens.store.js';
import { required } from './required-parameter.js';
import type { TokenRequest } from './token-endpoint.js';

/**
 * RFC 7009. A token says itself of what type it is, so `token_type_hint` is read and not needed; §2.1: "An authorization server MAY ignore
 * this parameter".
 */
@Injectable()
export class Revocation {
  constructor(
    private readonly clients: ClientAuthentication,
    private readonly accessTokens: AccessTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly grants: AuthorizationGrants,
    private readonly denials: Denials,
    private readonly database: Database,
  ) {}

  /**
   * Ends an access token, or with a refresh token all that comes of its authorization, for which the user will be asked again: here at once, on every process within a second. An
   * unknown token and one of another client are left alone, with the same answer, so that nobody learns whether somebody else's token lives.
   * @throws Problem invalid_client, invalid_request
   */
  async revoke({ form, authorization, admit }: TokenRequest): Promise<void> {
    const parameters = only(form, ['client_id', 'client_secret', 'token', 'token_type_hint']);
    const caller = await this.clients.authenticate(parameters, authorization, 'any');
    admit?.(caller);
    const token = required(parameters, 'token');
    const isEnded = (await this.#endAccessToken(token, caller)) || (await this.#endGrantOf(token, caller));
    if (isEnded) await this.denials.sync();
  }

  async #endAccessToken(token: string, { tenant, client }: AuthenticatedClient): Promise<boolean> {
    const bearer = await this.accessTokens.find(token);
    if (bearer?.tenantId !== tenant.id || bearer.clientId !== client.clientId) return false;
    // What was exchanged for it does not outlive it.
    await this.database
      .of(tenant.id)
      .transaction((tx) => this.denials.end(tenant.id, 'token', bearer.id, bearer.expiresAt, tx));
    return true;
  }

  /** A spent refresh token too: its client may never have received the one after it. */
  async #endGrantOf(token: string, { tenant, client }: AuthenticatedClient): Promise<boolean> {
    const found = await this.refreshTokens.find(token);
    if (found?.tenantId !== tenant.id || found.clientId !== client.clientId) return false;
    await this.grants.revoke(tenant.id, found.grantId);
    return true;
  }
}
