import type { Reply } from './reply.js';
import type { Fired } from './rules.js';

type Body = Record<string, unknown>;

/** An answer as the documents contradict each other about it. */
export function shapeReply(reply: Reply, fired: Fired): Reply {
  if (typeof reply.body !== 'object' || reply.body === null) return reply;
  const body = reply.body as Body;
  if (Array.isArray(body.errors)) return shapeErrors(reply, body.errors as Body[], fired);
  let shaped: unknown = body;
  if (fired.numeric_ids) shaped = withNumericIds(shaped as Body);
  if (fired.links_previous) shaped = withPrevious(shaped as Body);
  if (fired.bare && 'data' in body) shaped = (shaped as Body).data;
  if (fired.array_of_envelopes) shaped = [shaped];
  return { ...reply, body: shaped };
}

function shapeErrors(reply: Reply, errors: Body[], fired: Fired): Reply {
  const [first] = errors;
  if (fired.forbidden_bearer && reply.status === 401) {
    return {
      status: 403,
      body: { code: 'authentication_failed', detail: 'Invalid token header. No credentials provided.' },
    };
  }
  if (fired.v1_errors) return { ...reply, body: { errors: errors.map((error) => error.detail ?? error) } };
  if (fired.status_as_string && first?.status !== undefined) {
    return { ...reply, body: { errors: errors.map((error) => ({ ...error, status: String(error.status) })) } };
  }
  return reply;
}

function withNumericIds(body: Body): Body {
  const number = (item: unknown) => {
    const { id } = Object(item) as { id?: unknown };
    return typeof id === 'string' && /^\d+$/.test(id) ? { ...(item as Body), id: Number(id) } : item;
  };
  return Array.isArray(body.data) ? { ...body, data: body.data.map(number) } : body;
}

function withPrevious(body: Body): Body {
  if (typeof body.links !== 'object' || body.links === null) return body;
  const { prev = null, ...links } = body.links as Body;
  return { ...body, links: { ...links, previous: prev } };
}
