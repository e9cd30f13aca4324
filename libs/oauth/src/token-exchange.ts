import { Injectable } from '@nestjs/common';
import type { TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { Users } from '#libs/tenants';
import { PartnerTokens, RefusedToken } from '#libs/trusted-keys';
import { AccessTokens } from './access-tokens.js';
import { scopesOfUsers, stillAllowed } from './authorization-scopes.js';
import { ConnectTokenIssuer } from './connect-token-issuer.js';
import { Denials, MAX_ACCESS_TOKEN_SECONDS } from './denials.js';
import { exchangeRequest, type ExchangeRequest } from './exchange-request.js';
import type { AuthenticatedClient, Grant, Parameters, TokenResponse } from './grant.js';
import { isLoginAnswer } from './login-answer.js';
import { required } from './required-parameter.js';
import { subjectTokenType } from './token-type.js';

const BROWSER_TOKEN_SECONDS = 900;

/** Whom the subject token speaks for, and what is granted for it. */
interface Subject {
  userId: string;
  scopes: string[];
  /** Never outlived by what is issued for it. */
  expiresAt: Date | null;
  /** The authorization, and the access token, that it comes from: what is issued for it ends with them. */
  grantId: string | null;
  rootId: string | null;
}

/** RFC 8693: a partner JWT, or an access token of ours, for an access token, a session code or a browser token. */
@Injectable()
export class TokenExchange implements Grant {
  readonly grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';
  readonly name = 'token_exchange';
  readonly clients = 'confidential';
  readonly parameters = ['subject_token', 'subject_token_type', 'requested_token_type', 'scope', 'resource'];

  constructor(
    private readonly partnerTokens: PartnerTokens,
    private readonly users: Users,
    private readonly accessTokens: AccessTokens,
    private readonly connectTokens: ConnectTokenIssuer,
    private readonly denials: Denials,
    private readonly clock: Clock,
  ) {}

  async handler(parameters: Parameters, caller: AuthenticatedClient): Promise<TokenResponse> {
    const request = exchangeRequest(parameters, caller);
    const token = required(parameters, 'subject_token');
    const type = subjectTokenType(required(parameters, 'subject_token_type'));
    const subject =
      type === 'partner-jwt'
        ? await this.#partnerSubject(token, caller, request)
        : await this.#ownSubject(token, caller, request);
    return { ...(await this.#issue(request, caller, subject)), issued_token_type: request.urn };
  }

  async #partnerSubject(
    token: string,
    { tenant, client }: AuthenticatedClient,
    { type, scopesOf }: ExchangeRequest,
  ): Promise<Subject> {
    // Before the JWT is redeemed: a mistake in the request must not use up its jti.
    const scopes = scopesOf(scopesOfUsers(client));
    if (isLoginAnswer(token)) throw refused('it answers a login_challenge, and is good for that login alone');
    try {
      const { org, subject, name } = await this.partnerTokens.redeem(tenant, token, type);
      const userId = await this.users.findOrCreate(tenant.id, org, subject, name);
      this.#requireEnabled(tenant.id, userId);
      return { userId, scopes, expiresAt: null, grantId: null, rootId: null };
    } catch (error) {
      if (!(error instanceof RefusedToken)) throw error;
      throw refused(error.message, error.detail);
    }
  }

  #requireEnabled(tenantId: TenantId, userId: string): void {
    if (this.denials.stands(tenantId, 'user', userId)) throw refused('its user is disabled');
  }

  async #ownSubject(
    token: string,
    { tenant, client }: AuthenticatedClient,
    { scopesOf }: ExchangeRequest,
  ): Promise<Subject> {
    const bearer = await this.accessTokens.find(token);
    if (
      bearer?.kind !== 'access' ||
      bearer.userId === null ||
      bearer.tenantId !== tenant.id ||
      bearer.clientId !== client.clientId
    ) {
      throw problem(
        'invalid_request',
        'The subject_token is not a live access token of this client. Exchange a JWT for a new one.',
      );
    }
    const { userId, expiresAt, grantId, rootId, id } = bearer;
    const scopes = scopesOf(stillAllowed(bearer.scopes, client));
    return { userId, scopes, expiresAt, grantId, rootId: rootId ?? id };
  }

  #issue(request: ExchangeRequest, caller: AuthenticatedClient, subject: Subject): Promise<TokenResponse> {
    const { type, resource } = request;
    if (type === 'connect-token' && resource) return this.#connectToken(resource, caller, subject);
    return Promise.resolve(this.#bearerToken(type === 'browser-token' ? resource : null, caller, subject));
  }

  async #connectToken(
    resource: URL,
    caller: AuthenticatedClient,
    { userId, scopes, grantId, rootId }: Subject,
  ): Promise<TokenResponse> {
    const issued = await this.connectTokens.issue({ ...caller, userId, grantId, rootId, resource });
    return {
      access_token: issued.token,
      token_type: 'N_A',
      expires_in: issued.lifetimeSeconds,
      scope: scopes.join(' '),
      attempt: issued.attemptId,
    };
  }

  /** @param page null: for the partner's servers */
  #bearerToken(
    page: URL | null,
    { tenant, client }: AuthenticatedClient,
    { userId, scopes, grantId, rootId, expiresAt }: Subject,
  ): TokenResponse {
    const { clientId } = client;
    const ofUser = { tenantId: tenant.id, clientId, userId, scopes, grantId, rootId };
    const seconds = this.#lifetime(page ? BROWSER_TOKEN_SECONDS : MAX_ACCESS_TOKEN_SECONDS, expiresAt);
    const { token } = this.accessTokens.issue(
      { ...ofUser, kind: page ? 'browser' : 'access', origin: page?.origin ?? null },
      seconds,
    );
    return { access_token: token.reveal(), token_type: 'Bearer', expires_in: seconds, scope: scopes.join(' ') };
  }

  #lifetime(usualSeconds: number, expiresAt: Date | null): number {
    if (!expiresAt) return usualSeconds;
    return Math.min(usualSeconds, Math.floor((expiresAt.getTime() - this.clock.now().getTime()) / 1000));
  }
}

/** RFC 8693 §2.2.2: "invalid_request" for a subject token that is not acceptable. */
function refused(why: string, privateDetail?: string) {
  return problem('invalid_request', `The subject_token was refused: ${why}.`, {
    ...(privateDetail !== undefined && { privateDetail }),
  });
}
