import type { FastifyInstance, FastifyReply } from 'fastify';
import { addressName, RateLimits, Tally, type Quota } from '#libs/limits';
import { AdminLimits } from './admin-limits.js';
import { ConnectLimits } from './connect-limits.js';
import { EmbedLimits } from './embed-limits.js';
import { OauthLimits } from './oauth-limits.js';
import type { LimitedRequest, RequestLimits } from './request-limits.js';
import { SignInLimits } from './sign-in-limits.js';
import { UpstreamLimits } from './upstream-limits.js';

const OAUTH_ROUTES = ['/oauth/token', '/oauth/revoke', '/oauth/introspect'];
const SIGN_IN_ROUTES = ['/oauth/authorize', '/v2/authorize', '/oauth/login'];
const CONNECT_ROUTES = ['/to/:app', '/oauth/upstream/:name/start'];
const HEADERS = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];

/** Holds requests to their limits, and says in each answer what is left (protocol.md C30). */
export function limitRequests(fastify: FastifyInstance, limits: RateLimits): void {
  fastify.addHook('onRequest', async (request: LimitedRequest) => {
    // By the route, not by the URL: an escaped letter must be no way around a limit.
    const surface = surfaceOf(request.routeOptions.url ?? '', request.method);
    if (!surface) return;
    request.limits = new surface(new Tally(limits), addressName(request.ip));
    request.limits.arrived(request);
  });
  fastify.addHook('preHandler', async (request: LimitedRequest) => request.limits?.read(request));
  fastify.addHook('onSend', async (request: LimitedRequest, reply) => {
    const nearest = request.limits?.nearest();
    if (nearest) setHeaders(reply, nearest);
  });
}

type Surface = new (...parameters: ConstructorParameters<typeof RequestLimits>) => RequestLimits;

function surfaceOf(route: string, method: string): Surface | null {
  if (OAUTH_ROUTES.includes(route)) return OauthLimits;
  if (SIGN_IN_ROUTES.includes(route)) return SignInLimits;
  if (route.startsWith('/v2/') || route.startsWith('/v1/')) return EmbedLimits;
  if (route.startsWith('/admin/') || route.startsWith('/console/')) return AdminLimits;
  if (route.startsWith('/upstream-callbacks/')) return UpstreamLimits;
  return CONNECT_ROUTES.includes(route) && method === 'GET' ? ConnectLimits : null;
}

function setHeaders(reply: FastifyReply, { limit, remaining, resetAt }: Quota): void {
  for (const [index, value] of [limit, remaining, resetAt.getTime() / 1000].entries()) {
    reply.header(HEADERS[index] ?? '', String(value));
  }
  // A page reads no other headers than those that are named to it.
  if (reply.hasHeader('access-control-allow-origin')) {
    reply.header('access-control-expose-headers', ['retry-after', ...HEADERS].join(', '));
  }
}
