import { Injectable } from '@nestjs/common';
import type { Secret } from '#libs/crypto';
import { ExchangedTokens } from './exchanged-tokens.js';
import { PartnerJwts } from './partner-jwts.js';
import { exchangeOf, TOKEN_TYPES } from './token-exchange.js';
import { UpstreamAccounts } from './upstream-accounts.js';
import type { UpstreamBearer } from './upstream-bearer.js';
import { UpstreamError } from './upstream-error.js';
import type { UpstreamUrgency } from './upstream-request.js';
import { UpstreamTokenEndpoint } from './upstream-token-endpoint.js';
import type { Upstream } from './upstream.entity.js';
import { withoutToken } from './without-token.js';

/** What an endpoint says that does not take that kind of token, or has ended this one. */
const NOT_TAKEN = ['invalid_request', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type'];
const MAX_REMEMBERED = 10_000;

/** By which tokens an upstream knows the tenant's users. */
@Injectable()
export class UpstreamTokens {
  /** Upstreams, by their ids, that gave a session code for a JWT and none for an access token. */
  readonly #takesJwt = new Set<string>();

  constructor(
    private readonly exchanged: ExchangedTokens,
    private readonly accounts: UpstreamAccounts,
    private readonly endpoint: UpstreamTokenEndpoint,
    private readonly jwts: PartnerJwts,
  ) {}

  /** @param userId null: of the client itself @throws UpstreamError */
  async take(upstream: Upstream, userId: string | null, urgency: UpstreamUrgency): Promise<UpstreamBearer> {
    if (userId !== null && upstream.mode === 'app')
      throw new UpstreamError('unlinked', `${upstream.title} is not used for single users.`);
    if (userId !== null && upstream.mode === 'user') return this.accounts.take(upstream, userId);
    const stored = await this.exchanged.take(upstream, userId, urgency);
    return { token: stored.token, drop: () => this.exchanged.drop(upstream, userId, stored) };
  }

  /**
   * What opens the upstream's Connect for a user, once and for minutes. Two shapes are documented (protocol.md §3.5): the user's access token
   * in exchange, or a JWT directly. The one that worked is tried first from then on.
   * @param resource the address that it is for @throws UpstreamError
   */
  async sessionCode(upstream: Upstream, userId: string, resource: string): Promise<Secret<string>> {
    try {
      return await this.#sessionCode(upstream, userId, resource);
    } catch (error) {
      throw withoutToken(upstream, error);
    }
  }

  async #sessionCode(upstream: Upstream, userId: string, resource: string): Promise<Secret<string>> {
    if (this.#takesJwt.has(upstream.id)) return this.#byJwt(upstream, userId, resource);
    const refused = await this.#byToken(upstream, userId, resource);
    if (!(refused instanceof UpstreamError)) return refused;
    if (upstream.mode !== 'jwt') throw refused;
    // What the newer shape was refused for says more, where neither is taken.
    const code = await this.#byJwt(upstream, userId, resource).catch((error: unknown) => {
      throw isNotTaken(error) ? refused : error;
    });
    if (this.#takesJwt.size >= MAX_REMEMBERED) this.#takesJwt.clear();
    this.#takesJwt.add(upstream.id);
    return code;
  }

  /** Twice, since the token may have ended there. @returns why it is not taken, when it is not */
  async #byToken(upstream: Upstream, userId: string, resource: string): Promise<Secret<string> | UpstreamError> {
    for (let tries = 0; ; tries += 1) {
      const bearer = await this.take(upstream, userId, 'person');
      try {
        return await this.#ask(
          upstream,
          exchangeOf(bearer.token.reveal(), TOKEN_TYPES.access, TOKEN_TYPES.connect),
          resource,
        );
      } catch (error) {
        if (!isNotTaken(error)) throw error;
        if (tries > 0) return error;
        await bearer.drop();
      }
    }
  }

  async #byJwt(upstream: Upstream, userId: string, resource: string): Promise<Secret<string>> {
    const jwt = await this.jwts.of(upstream, userId);
    try {
      return await this.#ask(upstream, exchangeOf(jwt, TOKEN_TYPES.jwt, TOKEN_TYPES.connect), resource);
    } catch (error) {
      if (isNotTaken(error)) this.#takesJwt.delete(upstream.id);
      throw error;
    }
  }

  async #ask(upstream: Upstream, exchange: Record<string, string>, resource: string): Promise<Secret<string>> {
    const parameters = { ...exchange, scope: 'connection:write', resource };
    return (await this.endpoint.ask(upstream, parameters, 'person')).token;
  }
}

function isNotTaken(error: unknown): error is UpstreamError {
  return error instanceof UpstreamError && error.kind === 'refused' && error.hasCode(...NOT_TAKEN);
}
