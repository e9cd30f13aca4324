import type { FastifyRequest } from 'fastify';
import { readToken } from '#libs/crypto';
import { Problem } from '#libs/errors';
import { FAILURE_COST } from '#libs/limits';
import { basicCredentials } from '#libs/oauth';
import { PLATFORM, type Client } from '#libs/tenants';
import { RequestLimits } from './request-limits.js';

/**
 * Of the token, revocation and introspection endpoints. What a client may do is spent by those who know its secret alone; wrong secrets are
 * counted against the address that they come from, and against the pair of it and the client.
 */
export class OauthLimits extends RequestLimits {
  /** The client that is guessed at, and from where. */
  #guess: string | null = null;

  override arrived(): void {
    this.tally.require(PLATFORM, 'client-failures', this.address);
    this.tally.take(PLATFORM, 'oauth-address', this.address);
  }

  override read(request: FastifyRequest): void {
    const clientId = claimedClient(request);
    if (clientId === null) return;
    this.#guess = `${clientId} ${this.address}`;
    this.tally.require(PLATFORM, 'client-guesses', this.#guess);
  }

  /** Before its grant does any work. A public client is named by anybody, so of it each address has a share of its own. */
  authenticated({ client: { tenantId, clientId, secretDigest } }: { client: Client }): void {
    this.tally.take(tenantId, 'oauth-client', secretDigest === null ? `${clientId} ${this.address}` : clientId);
  }

  /** Every process holds each revoked token in memory until it would have expired. */
  revoking(caller: { client: Client }): void {
    this.authenticated(caller);
    const { tenantId, clientId, secretDigest } = caller.client;
    this.tally.take(tenantId, 'client-revocations', secretDigest === null ? `${clientId} ${this.address}` : clientId);
  }

  /** Requests that are under way together may all fail before the first is counted here. */
  override failed(error: unknown): unknown {
    if (!(error instanceof Problem) || error.code !== 'invalid_client') return error;
    this.tally.add(PLATFORM, 'client-failures', this.address);
    this.tally.add(PLATFORM, 'oauth-address', this.address, FAILURE_COST - 1);
    if (this.#guess !== null) this.tally.add(PLATFORM, 'client-guesses', this.#guess);
    return error;
  }
}

/** Null where none is named that could be one of ours. Read as the authentication reads it: another spelling of an id is no other client. */
function claimedClient({ headers: { authorization }, body }: FastifyRequest): string | null {
  const claimed = authorization === undefined ? Object(body).client_id : basicCredentials(authorization)?.clientId;
  return typeof claimed === 'string' && readToken('client', claimed) ? claimed : null;
}
