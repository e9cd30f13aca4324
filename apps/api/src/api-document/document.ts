import { surfaceOf, type Surface } from '../http/surface.js';
import { bodySchema } from './body-schema.js';
import type { Content, DeclaredOperation, DeclaredOperations, Reply } from './declared-operation.js';
import { errorReply, formats } from './replies.js';
import { either, namedSchemas, object, text, type Schema } from './schema.js';
import type { ServedRoute } from './served-routes.js';

export interface ApiDocument {
  openapi: string;
  info: object;
  servers: object[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, object>>;
  components: { securitySchemes: object; schemas: Record<string, Schema>; responses: Record<string, object> };
}

const DESCRIPTION = `Everything that Gatehouse answers. A final slash is optional everywhere, and HEAD answers like GET without the body.
What is not listed here is answered with 404 in the format of errors of its surface. Members may be added to an answer: read the ones that you know.`;

const TAGS: Readonly<Record<string, string>> = {
  oauth: 'Tokens, and the browser pages of the authorization code grant',
  embed: 'What partners build on, with the token of a user or of the app',
  admin: 'What operators call, with ADMIN_TOKEN or an admin key',
  pages: 'What a browser opens to connect an account',
  service: 'Keys, health, metrics and files',
};

const securitySchemes = {
  admin: { type: 'http', scheme: 'bearer', description: 'ADMIN_TOKEN, or an admin key.' },
  user: { type: 'http', scheme: 'bearer', description: 'An access token or a browser token of a user.' },
  app: { type: 'http', scheme: 'bearer', description: 'An access token of the client itself.' },
  client: { type: 'http', scheme: 'basic', description: 'client_id and client_secret; or both in the form.' },
  client_id: { type: 'apiKey', in: 'query', name: 'client_id', description: 'Enough for what is public.' },
  metrics: { type: 'http', scheme: 'bearer', description: 'METRICS_TOKEN, where one is set.' },
};

/**
 * The OpenAPI document of these routes, each with what is declared of it.
 * @throws Error for a route that nobody declared, and for a declaration of a route that there is not
 */
export function apiDocument(routes: readonly ServedRoute[], declared: DeclaredOperations): ApiDocument {
  const left = new Set(Object.keys(declared));
  const errors: Record<string, object> = {};
  const paths: ApiDocument['paths'] = {};
  for (const route of routes) {
    const name = `${route.method.toUpperCase()} ${route.path}`;
    const operation = declared[name];
    if (!operation) throw new Error(`${name} is served, and not in the API document.`);
    left.delete(name);
    (paths[route.path] ??= {})[route.method] = toOperation(route, operation, errors);
  }
  if (left.size > 0) throw new Error(`In the API document, and not served: ${[...left].join(', ')}.`);
  return {
    openapi: '3.1.0',
    info: { title: 'Gatehouse', version: '1', description: DESCRIPTION },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([tag, description]) => ({ name: tag, description })),
    paths: sorted(paths),
    components: { securitySchemes, schemas: sorted(namedSchemas([paths, errors])), responses: sorted(errors) },
  };
}

/** @param errors answers of errors so far, by name: the same ones are referred to all over the document */
function toOperation(route: ServedRoute, declared: DeclaredOperation, errors: Record<string, object>): object {
  const surface = surfaceOf(route.path);
  const body = requestBody(route, declared);
  const parameters = [
    ...pathParameters(route.path),
    ...toParameters('query', declared.needs, true),
    ...toParameters('query', declared.query, false),
    ...toParameters('header', declared.headers, false),
    ...(takesKey(route)
      ? toParameters('header', { 'Idempotency-Key': { type: 'string', maxLength: 255 } }, false)
      : []),
  ];
  return {
    operationId: operationIdOf(route),
    tags: [tagOf(surface, route)],
    summary: declared.summary,
    security: securityOf(route),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: body }),
    responses: responsesOf(surface, route, declared, errors),
  };
}

function operationIdOf({ name, path }: ServedRoute): string {
  const elsewhere = path.startsWith('/admin/platform/') ? '.platform' : path === '/v2/authorize' ? '.v2' : '';
  return `${name}${elsewhere}${path.startsWith('/oauth/upstream/') ? '.upstream' : ''}`;
}

function tagOf(surface: Surface, { path }: ServedRoute): string {
  if (path === '/oauth/authorize' || path === '/v2/authorize' || /^\/oauth\/(?:login|consent)/.test(path))
    return 'oauth';
  if (path === '/.well-known/oauth-authorization-server') return 'oauth';
  if (surface === 'admin') return path.startsWith('/admin/') ? 'admin' : 'service';
  return surface === 'embed-v1' ? 'embed' : surface;
}

function securityOf({ access, path }: ServedRoute): object[] {
  if (access === 'admin') return [{ admin: [] }];
  if (path === '/metrics') return [{ metrics: [] }, {}];
  if (/^\/oauth\/(?:token|revoke|introspect)$/.test(path)) return [{ client: [] }, {}];
  if (access === null) return [];
  return [{ [access.of]: [access.scope] }, ...(access.clientId ? [{ client_id: [] }] : [])];
}

/** protocol.md C31: any POST of the embed API with a token. */
function takesKey({ method, access }: ServedRoute): boolean {
  return method === 'post' && access !== null && access !== 'admin';
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: text }));
}

function toParameters(place: string, schemas: Readonly<Record<string, Schema>> = {}, required: boolean): object[] {
  return Object.entries(schemas).map(([name, schema]) => ({ name, in: place, ...(required && { required }), schema }));
}

function requestBody({ body }: ServedRoute, { body: declared }: DeclaredOperation): object | null {
  if (typeof declared === 'function') {
    // Written with its envelope, which these routes do without too.
    return { content: toContent({ 'application/json': object({ data: bodySchema(declared) }) }) };
  }
  if (declared) return { content: toContent(declared) };
  if (!body) return null;
  const schema = bodySchema(body.dto);
  const enveloped = object({ data: schema });
  const schemas = { needed: enveloped, taken: either(schema, enveloped), none: schema };
  const content = toContent({ 'application/json': schemas[body.envelope] });
  return { ...(!body.mayBeLeftOut && { required: true }), content };
}

function responsesOf(
  surface: Surface,
  route: ServedRoute,
  { replies, errors: more = [] }: DeclaredOperation,
  errors: Record<string, object>,
): object {
  const responses: Record<string, object> = {};
  for (const status of [...usualErrors(surface, route), ...more]) {
    const name = `${surface}-${status}`;
    errors[name] ??= toResponse(errorReply(status, formats[surface]));
    responses[status] = { $ref: `#/components/responses/${name}` };
  }
  for (const [status, reply] of Object.entries(replies)) responses[status] = toResponse(replyOf(reply));
  return responses;
}

/** What the layers around a handler answer with, whatever it does. */
function usualErrors(surface: Surface, route: ServedRoute): number[] {
  const named = route.path.includes('{') ? [404] : [];
  const sends = route.method === 'get' ? [] : [413];
  if (surface === 'pages') return [400, 403, 415, 429, 500, 503, ...named, ...sends];
  if (surface === 'oauth') return [400, 401, 429, 500, 503];
  const guarded = route.access === null ? [] : [401, 403, 429];
  return [400, 415, 500, 503, ...guarded, ...named, ...sends, ...(takesKey(route) ? [409, 422] : [])];
}

function replyOf(reply: Schema | Reply | null): Reply {
  if (reply === null) return { description: 'Done.' };
  if ('description' in reply && !('type' in reply)) return reply as unknown as Reply;
  return { description: 'Done.', content: { 'application/json': reply } };
}

function toResponse({ description, content }: Reply): object {
  return { description, ...(content && { content: toContent(content) }) };
}

function toContent(content: Content): object {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, schema ? { schema } : {}]));
}

function sorted<Value>(record: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1)));
}
