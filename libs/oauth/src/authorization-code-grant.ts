import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { AccessTokens } from './access-tokens.js';
import { bearerResponse, issueAccessToken } from './authorization-access-token.js';
import { isVerified } from './authorization-code-challenge.js';
import { AuthorizationCodes, type UsedCode } from './authorization-codes.store.js';
import { AuthorizationGrants } from './authorization-grants.store.js';
import type { LiveGrant } from './grant-facts.js';
import { stillAllowed } from './authorization-scopes.js';
import type { AuthenticatedClient, Grant, Parameters, TokenResponse } from './grant.js';
import { RefreshTokens } from './refresh-tokens.store.js';
import { required } from './required-parameter.js';

/** RFC 6749 §4.1.3, with PKCE (RFC 7636 §4.5). */
@Injectable()
export class AuthorizationCodeGrant implements Grant {
  readonly grantType = 'authorization_code';
  readonly name = 'authorization_code';
  readonly clients = 'any';
  readonly parameters = ['code', 'redirect_uri', 'code_verifier'];

  constructor(
    private readonly database: Database,
    private readonly codes: AuthorizationCodes,
    private readonly grants: AuthorizationGrants,
    private readonly refreshTokens: RefreshTokens,
    private readonly accessTokens: AccessTokens,
    private readonly clock: Clock,
  ) {}

  async handler(parameters: Parameters, caller: AuthenticatedClient): Promise<TokenResponse> {
    const code = required(parameters, 'code');
    const outcome = await this.database
      .of(caller.tenant.id)
      .transaction((tx) => this.#redeem(code, parameters, caller, tx));
    if (!('refused' in outcome)) return outcome;
    throw problem(
      'invalid_grant',
      'The code is not good: it is unknown, expired or used, or redirect_uri or code_verifier do not belong to it. Send the user to authorize again.',
      { privateDetail: outcome.refused },
    );
  }

  /** Whatever is wrong, the code is used up: whoever tries redirect URIs or verifiers has one try. */
  async #redeem(
    code: string,
    parameters: Parameters,
    caller: AuthenticatedClient,
    tx: Transaction,
  ): Promise<TokenResponse | { refused: string }> {
    const { tenant, client } = caller;
    const used = await this.codes.use(tenant.id, code, client.clientId, tx);
    if (!used) return { refused: await this.#endIfReused(code, caller, tx) };
    if (!namesRedirectUri(used, parameters)) return { refused: 'The redirect_uri is not that of the request.' };
    if (!isVerified(used.codeChallenge, parameters.code_verifier))
      return { refused: 'The code_verifier does not answer the code_challenge.' };
    const grant = await this.grants.hold(tenant.id, used.grantId, tx);
    if (!grant) return { refused: 'The grant is revoked, or its user disabled.' };
    const scopes = stillAllowed(grant.scopes, client);
    if (scopes.length === 0) return { refused: 'The client is registered for none of the scopes any more.' };
    return this.#issue(grant, scopes, caller, tx);
  }

  /** RFC 6749 §4.1.2: on a second use it "SHOULD revoke (when possible) all tokens previously issued based on that authorization code". */
  async #endIfReused(code: string, { tenant, client }: AuthenticatedClient, tx: Transaction): Promise<string> {
    const grantId = await this.codes.grantOfUsed(tenant.id, code, client.clientId, tx);
    if (grantId === null) return 'The code is unknown, of another client, or expired.';
    await this.grants.end(tenant.id, grantId, tx);
    return 'The code was used before: its grant has been revoked.';
  }

  async #issue(
    grant: LiveGrant,
    scopes: string[],
    { tenant, client }: AuthenticatedClient,
    tx: Transaction,
  ): Promise<TokenResponse> {
    const access = issueAccessToken(this.accessTokens, tenant.id, grant, scopes);
    if (client.grants.includes('refresh_token')) {
      const refreshToken = await this.refreshTokens.begin(tenant.id, grant.id, tx);
      return bearerResponse({ access, refreshToken }, this.clock.now());
    }
    await this.grants.keepUntil(tenant.id, grant.id, access.expiresAt, tx);
    return bearerResponse({ access }, this.clock.now());
  }
}

/** RFC 6749 §4.1.3: required "if the 'redirect_uri' parameter was included in the authorization request", and "their values MUST be identical". */
function namesRedirectUri({ redirectUri, redirectUriGiven }: UsedCode, { redirect_uri: named }: Parameters): boolean {
  return named === undefined ? !redirectUriGiven : named === redirectUri;
}
