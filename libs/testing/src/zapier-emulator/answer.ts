import { clientOf } from './bearer.js';
import type { Exchange } from './exchange.js';
import { ApiError, errorOf, notFound, TokenError } from './problem.js';
import { limitHeaders } from './rate-limiter.js';
import { page, type Reply } from './reply.js';
import { findRoute } from './routes.js';
import { shapeReply } from './wire.js';

const MEDIA = 'application/json';
const JSON_API = 'application/vnd.api+json';

/** One request to its answer, within the limits and under the rules. */
export async function answer(exchange: Exchange): Promise<Reply> {
  const { world, path, fired, address } = exchange;
  const isApi = /^\/v[12]\//.test(path) && path !== '/v2/authorize';
  let headers: Record<string, string> = {};
  try {
    exchange.client = clientOf(exchange);
    const { rateLimit } = world.settings;
    const allowance = rateLimit && isApi ? world.limiter.count(rateLimit, address, exchange.client, world.now()) : null;
    if (allowance) headers = limitHeaders(allowance);
    const decided = byRule(exchange);
    const reply = decided ?? (await serve(exchange));
    const typed = isApi ? withMedia(reply, exchange) : reply;
    return shapeReply({ ...typed, headers: { ...headers, ...typed.headers } }, fired);
  } catch (error) {
    if (error instanceof ApiError) return shapeReply(error.reply(path.startsWith('/v1/')), fired);
    if (error instanceof TokenError) return error.reply();
    console.error(error);
    return errorOf(500).reply(false);
  }
}

function serve(exchange: Exchange): Reply | Promise<Reply> {
  const route = findRoute(exchange.method, exchange.path);
  if (!route) throw notFound();
  return route.handler(exchange, route.parts);
}

/** What is answered without being carried out. */
function byRule({ fired, path, world }: Exchange): Reply | null {
  const { throttle, html, answer: set } = fired;
  if (html) return page('<html><body><h1>Bad gateway</h1></body></html>', html.status);
  if (throttle) {
    const { retryAfterSeconds: seconds, asDate } = throttle;
    const back = seconds === null ? null : new Date(world.now() + seconds * 1000).toUTCString();
    const headers: Record<string, string> = back === null ? {} : { 'retry-after': asDate ? back : String(seconds) };
    if (path === '/oauth/token') throw new TokenError('temporarily_unavailable', 'Too many requests.', 429, headers);
    throw new ApiError(429, 'throttled', 'Too many requests.', { headers });
  }
  if (!set) return null;
  const { status, headers = {}, body } = set;
  if (body !== undefined) return { status, headers, body };
  const usual = errorOf(status).reply(path.startsWith('/v1/'));
  return { ...usual, headers: { ...usual.headers, ...headers } };
}

/** C27: JSON, unless JSON:API is preferred by name. */
function withMedia(reply: Reply, { headers }: Exchange): Reply {
  const accept = headers.accept ?? '*/*';
  if (reply.body === undefined) return reply;
  const wantsJsonApi = accept.includes(JSON_API) && !accept.includes(MEDIA);
  if (!wantsJsonApi && !/application\/(json|\*)|\*\/\*/.test(accept)) {
    throw new ApiError(406, 'not_acceptable', 'Could not satisfy the Accept header.');
  }
  return wantsJsonApi ? { ...reply, headers: { ...reply.headers, 'content-type': JSON_API } } : reply;
}
