import type { FastifyRequest } from 'fastify';
import { Problem } from '#libs/errors';
import { FAILURE_COST } from '#libs/limits';
import { PLATFORM } from '#libs/tenants';
import type { Caller } from '../embed/caller.js';
import { RequestLimits } from './request-limits.js';

/** Of `/v1` and `/v2`. */
export class EmbedLimits extends RequestLimits {
  /** A client that names itself, and proves nothing (protocol.md §6). */
  #isPublic = false;

  #isRun = false;

  override arrived({ headers, query, method, routeOptions }: FastifyRequest): void {
    this.#isRun = method === 'POST' && routeOptions.url === '/v2/action-runs';
    this.#isPublic = headers.authorization === undefined && Object(query).client_id !== undefined;
    if (this.#isPublic) this.tally.take(PLATFORM, 'public-reads', this.address);
  }

  /** The token was good, or the client is known. */
  identified({ tenantId, userId }: Pick<Caller, 'tenantId' | 'userId'>): void {
    if (this.#isPublic) return;
    if (userId !== null) this.tally.take(tenantId, 'user', userId);
    this.tally.take(tenantId, 'tenant', tenantId);
    if (this.#isRun) this.tally.take(tenantId, 'tenant-runs', tenantId);
  }

  override failed(error: unknown): unknown {
    if (!(error instanceof Problem) || error.code !== 'authentication_failed') return error;
    if (this.#isPublic) this.tally.add(PLATFORM, 'public-reads', this.address, FAILURE_COST - 1);
    return this.#isPublic ? error : this.#badToken(error);
  }

  /**
   * Good tokens from the address go on: when those of a whole tenant end at once, its backend sends many bad ones and must be able to go on
   * with the new. Checking a token costs little more than refusing to.
   */
  #badToken(error: Problem): Problem {
    if (this.tally.isSpent(PLATFORM, 'bearer-failures', this.address))
      return this.tally.refusal(PLATFORM, 'bearer-failures', this.address);
    this.tally.add(PLATFORM, 'bearer-failures', this.address);
    return error;
  }
}
