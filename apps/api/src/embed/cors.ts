import type { FastifyInstance, FastifyReply } from 'fastify';
import { Tenants } from '#libs/tenants';

const METHODS = 'GET, POST, PATCH, DELETE';
const HEADERS = 'authorization, content-type, idempotency-key';

/**
 * Answers preflights of `/v2` for origins that a tenant registered. Which tenant's is not known before the token is: the answer to the
 * request itself names an origin only for a browser token of that origin.
 */
export function answerPreflights(fastify: FastifyInstance, tenants: Tenants): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    if (request.method !== 'OPTIONS' || !request.url.startsWith('/v2/') || origin === undefined) return done();
    void answer(tenants, origin, reply).then((isAnswered) => (isAnswered ? undefined : done()), done);
  });
}

async function answer(tenants: Tenants, origin: string, reply: FastifyReply): Promise<boolean> {
  if (!(await tenants.isRegisteredOrigin(origin))) return false;
  allowOrigin(reply, origin);
  await reply
    .status(204)
    .header('access-control-allow-methods', METHODS)
    .header('access-control-allow-headers', HEADERS)
    .header('access-control-max-age', '600')
    .send();
  return true;
}

export function allowOrigin(reply: FastifyReply, origin: string): void {
  reply.header('access-control-allow-origin', origin).header('vary', 'origin');
}
