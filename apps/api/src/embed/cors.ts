import type { FastifyInstance, FastifyReply } from 'fastify';
import { BriefCache, type Clock } from '#libs/scheduling';
import { Tenants } from '#libs/tenants';

const METHODS = 'GET, POST, PATCH, DELETE';
const HEADERS = 'authorization, content-type, idempotency-key';

/** Anybody can name any origin: so there are few, believed for as long as a change may take to be felt. */
const ORIGINS_MEMORY = { seconds: 1, entries: 1000 };

/**
 * Answers preflights of `/v2` for origins that a tenant registered. Which tenant's is not known before the token is: the answer to the
 * request itself names an origin only for a browser token of that origin.
 */
export function answerPreflights(fastify: FastifyInstance, tenants: Tenants, clock: Clock): void {
  const registered = new BriefCache({ ...ORIGINS_MEMORY, clock, load: (origin) => tenants.isRegisteredOrigin(origin) });
  fastify.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    if (request.method !== 'OPTIONS' || !request.url.startsWith('/v2/') || origin === undefined) return done();
    void answer(registered, origin, reply).then((isAnswered) => (isAnswered ? undefined : done()), done);
  });
}

async function answer(registered: BriefCache<boolean>, origin: string, reply: FastifyReply): Promise<boolean> {
  if (!(await registered.get(origin))) return false;
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
