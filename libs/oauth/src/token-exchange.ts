import { Injectable } from '@nestjs/common';
import type { TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { Users, userScopes } from '#libs/tenants';
import { PartnerTokens, RefusedToken } from '#libs/trusted-keys';
import { stillAllowed } from './authorization-scopes.js';
import { AccessTokens, type NewBearer } from './access-tokens.js';
import { ConnectTokenIssuer } from './connect-token-issuer.js';
import { Denials } from './denials.js';
import type { AuthenticatedClient, Grant, Parameters, TokenResponse } from './grant.js';
import { required } from './required-parameter.js';
import { allowsScope, resolveScopes } from './scopes.js';
import { defaultRequestedType, requestedTokenType, subjectTokenType, type RequestedTokenType } from './token-type.js';

const ACCESS_TOKEN_SECONDS = 36_000;
const BROWSER_TOKEN_SECONDS = 900;
const BROWSER_SCOPES = ['profile', 'connection:read', 'connection:write', 'action:run', 'zap', 'zap:write'];

/** Whom the subject token speaks for, and the most that may be granted to its bearer. */
interface Subject {
  userId: string;
  scopes: readonly string[];
  /** Never outlived by what is issued for it. */
  expiresAt: Date | null;
  /** The authorization that it comes from: what is issued for it ends with it. */
  grantId: string | null;
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
    const requestedUrn = parameters.requested_token_type ?? defaultRequestedType;
    const requested = requestedTokenType(requestedUrn);
    // Before the JWT is redeemed: a mistake in the request must not use up its jti.
    if (requested !== 'access-token') resource(parameters);
    const subject = await this.#subject(parameters, caller, requested);
    return { ...(await this.#issue(requested, parameters, caller, subject)), issued_token_type: requestedUrn };
  }

  #issue(
    requested: RequestedTokenType,
    parameters: Parameters,
    caller: AuthenticatedClient,
    subject: Subject,
  ): Promise<TokenResponse> {
    switch (requested) {
      case 'connect-token':
        return this.#connectToken(parameters, caller, subject);
      case 'browser-token':
        return this.#browserToken(parameters, caller, subject);
      default:
        return this.#accessToken(parameters, caller, subject);
    }
  }

  async #subject(parameters: Parameters, caller: AuthenticatedClient, requested: string): Promise<Subject> {
    const token = required(parameters, 'subject_token');
    const type = subjectTokenType(required(parameters, 'subject_token_type'));
    return type === 'partner-jwt'
      ? this.#partnerSubject(token, parameters, caller, requested)
      : this.#ownSubject(token, caller);
  }

  async #partnerSubject(
    token: string,
    parameters: Parameters,
    { tenant, client }: AuthenticatedClient,
    requested: string,
  ): Promise<Subject> {
    const scopes = client.scopes.filter((scope) => userScopes.some((known) => known === scope));
    resolveScopes(parameters.scope, scopes);
    try {
      const { org, subject } = await this.partnerTokens.redeem(tenant, token, requested);
      const userId = await this.users.findOrCreate(tenant.id, org, subject);
      this.#requireEnabled(tenant.id, userId);
      return { userId, scopes, expiresAt: null, grantId: null };
    } catch (error) {
      if (!(error instanceof RefusedToken)) throw error;
      // RFC 8693 §2.2.2: "invalid_request" for a subject token that is not acceptable.
      throw problem('invalid_request', `The subject_token was refused: ${error.message}.`, {
        privateDetail: error.detail,
      });
    }
  }

  #requireEnabled(tenantId: TenantId, userId: string): void {
    if (this.denials.stands(tenantId, 'user', userId))
      throw problem('invalid_request', 'The subject_token was refused: its user is disabled.');
  }

  async #ownSubject(token: string, { tenant, client }: AuthenticatedClient): Promise<Subject> {
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
    const { userId, expiresAt, grantId } = bearer;
    return { userId, scopes: stillAllowed(bearer.scopes, client), expiresAt, grantId };
  }

  async #accessToken(
    parameters: Parameters,
    { tenant, client }: AuthenticatedClient,
    subject: Subject,
  ): Promise<TokenResponse> {
    const scopes = resolveScopes(parameters.scope, subject.scopes);
    const bearer = {
      tenantId: tenant.id,
      kind: 'access',
      clientId: client.clientId,
      userId: subject.userId,
      scopes,
      origin: null,
      grantId: subject.grantId,
    } as const;
    return this.#bearerToken(bearer, this.#lifetime(ACCESS_TOKEN_SECONDS, subject));
  }

  async #browserToken(
    parameters: Parameters,
    { tenant, client }: AuthenticatedClient,
    subject: Subject,
  ): Promise<TokenResponse> {
    const origin = resource(parameters).origin;
    if (!tenant.origins.includes(origin)) {
      throw problem('invalid_target', `${origin} is not one of the tenant's registered origins.`);
    }
    const allowed = subject.scopes.filter((scope) => BROWSER_SCOPES.some((name) => allowsScope([scope], name)));
    const scopes = resolveScopes(parameters.scope, allowed);
    const bearer = {
      tenantId: tenant.id,
      kind: 'browser',
      clientId: client.clientId,
      userId: subject.userId,
      scopes,
      origin,
      grantId: subject.grantId,
    } as const;
    return this.#bearerToken(bearer, this.#lifetime(BROWSER_TOKEN_SECONDS, subject));
  }

  async #connectToken(parameters: Parameters, caller: AuthenticatedClient, subject: Subject): Promise<TokenResponse> {
    const scopes = resolveScopes(parameters.scope ?? 'connection:write', subject.scopes);
    if (!allowsScope(scopes, 'connection:write')) {
      throw problem('invalid_scope', 'A session code needs the scope connection:write.');
    }
    const issued = await this.connectTokens.issue({
      ...caller,
      userId: subject.userId,
      resource: resource(parameters),
    });
    return {
      access_token: issued.token,
      token_type: 'N_A',
      expires_in: issued.lifetimeSeconds,
      scope: scopes.join(' '),
      attempt: issued.attemptId,
    };
  }

  #bearerToken(bearer: NewBearer, lifetimeSeconds: number): TokenResponse {
    const { token } = this.accessTokens.issue(bearer, lifetimeSeconds);
    return {
      access_token: token.reveal(),
      token_type: 'Bearer',
      expires_in: lifetimeSeconds,
      scope: bearer.scopes.join(' '),
    };
  }

  #lifetime(usualSeconds: number, { expiresAt }: Subject): number {
    if (!expiresAt) return usualSeconds;
    return Math.min(usualSeconds, Math.floor((expiresAt.getTime() - this.clock.now().getTime()) / 1000));
  }
}

/** RFC 8707 §2: "Its value MUST be an absolute URI" and "MUST NOT include a fragment component". */
function resource(parameters: Parameters): URL {
  const text = required(parameters, 'resource');
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || text.includes('#')) {
    throw problem('invalid_request', 'The parameter resource is not an absolute http(s) URL without a fragment.');
  }
  return url;
}
