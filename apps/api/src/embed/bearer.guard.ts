import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { readPrefix } from '#libs/crypto';
import { asTenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { AccessTokens, ClientDirectory, allowsScope, type Bearer } from '#libs/oauth';
import { BriefCache, Clock } from '#libs/scheduling';
import { Tenants } from '#libs/tenants';
import type { EmbedLimits } from '../limits/embed-limits.js';
import type { LimitedRequest } from '../limits/request-limits.js';
import { accessKey, type Access } from './access.js';
import type { AuthenticatedRequest, Caller } from './caller.js';
import { allowOrigin } from './cors.js';

/** Origins of tenants that bad tokens name: anybody can name any tenant, so there are few, believed for as long as a change may take to be felt. */
const ORIGINS_MEMORY = { seconds: 1, entries: 1000 };

type GuardedRequest = AuthenticatedRequest & LimitedRequest<EmbedLimits>;

/**
 * RFC 6750, and `client_id` in the query for public reads. An Authorization header wins over the query (protocol.md §6). A token in the
 * query is not read: it would stay behind in logs and histories.
 */
@Injectable()
export class BearerGuard implements CanActivate {
  readonly #origins: BriefCache<string[]>;

  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: AccessTokens,
    private readonly directory: ClientDirectory,
    tenants: Tenants,
    clock: Clock,
  ) {
    const load = async (tenantId: string) => (await tenants.byId(asTenantId(tenantId)))?.origins ?? [];
    this.#origins = new BriefCache({ ...ORIGINS_MEMORY, clock, load });
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.get<Access>(accessKey, context.getHandler());
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const { authorization } = request.headers;
    const { client_id: clientId } = request.query as { client_id?: unknown };
    if (authorization !== undefined) {
      const bearer = await this.#bearer(authorization, request, context.switchToHttp().getResponse());
      request.isStillAllowed = async () => (await this.tokens.find(tokenIn(authorization))) !== null;
      // Before the scope is looked at: a token that may not do this counts as well.
      request.limits?.identified(bearer);
      request.caller = callerOf(bearer, access);
    } else if (access.clientId && typeof clientId === 'string') {
      request.caller = await this.#client(clientId);
      request.limits?.identified(request.caller);
    } else {
      throw problem(
        'not_authenticated',
        `Send a token: Authorization: Bearer …${access.clientId ? ', or client_id in the query' : ''}.`,
      );
    }
    return true;
  }

  async #bearer(authorization: string, request: GuardedRequest, reply: FastifyReply): Promise<Bearer> {
    const token = tokenIn(authorization);
    const { origin } = request.headers;
    const bearer = await this.tokens.find(token);
    if (bearer?.kind === 'browser' && origin !== undefined && origin === bearer.origin) allowOrigin(reply, origin);
    if (!bearer) {
      // A page must be able to read that its token has ended, so that it fetches another.
      if (origin !== undefined && (await this.#isOriginOfNamedTenant(token, origin))) allowOrigin(reply, origin);
      throw problem('authentication_failed', 'The token is unknown, expired or revoked. Exchange a JWT for a new one.');
    }
    if (bearer.kind === 'browser' && origin !== undefined && origin !== bearer.origin) {
      throw problem(
        'authentication_failed',
        'This browser token belongs to another origin. Exchange a JWT for one that names yours.',
      );
    }
    return bearer;
  }

  async #isOriginOfNamedTenant(token: string, origin: string): Promise<boolean> {
    const named = readPrefix('browser', token);
    return named !== null && (await this.#origins.get(named.tenantId)).includes(origin);
  }

  /** Identifies, does not authenticate: enough for public data only. */
  async #client(clientId: string): Promise<Caller> {
    const named = await this.directory.find(clientId);
    if (!named)
      throw problem(
        'authentication_failed',
        'This client_id is not known, or it is disabled. Copy it from where it was handed out, or ask the operator.',
      );
    return { tenantId: named.tenant.id, userId: null, clientId, scopes: [] };
  }
}

function tokenIn(authorization: string): string {
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
}

/** Of the kind that the handler expects: a token of a user never does what an app's is for, nor the other way round. */
function callerOf({ tenantId, userId, clientId, scopes }: Bearer, { scope, of }: Access): Caller {
  if (!allowsScope(scopes, scope))
    throw problem('permission_denied', `This needs a token with the scope ${scope}.`, { scope });
  if (of === 'user' && userId === null)
    throw problem('permission_denied', 'This needs a token of a user, not of an app: exchange a JWT that names one.', {
      scope,
    });
  if (of === 'app' && userId !== null)
    throw problem('permission_denied', 'This needs a token of the app itself: use the grant client_credentials.', {
      scope,
    });
  return { tenantId, userId, clientId, scopes };
}
