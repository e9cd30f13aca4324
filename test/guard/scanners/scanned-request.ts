import type { Ground } from '../../api-document/hostile-requests.js';
import { thingsIn } from '../../api-document/ids.js';
import type { Operation } from '../../api-document/operations.js';
import { valueOf } from '../../api-document/sample.js';

/** A request that is as the document says, with every parameter that there is: what a scanner varies. */
export interface ScannedRequest {
  name: string;
  method: string;
  /** The path and the query, with the mark behind each parameter. */
  target: string;
  headers: Record<string, string>;
  body: string | null;
}

/** What some other value would be refused for, and no query be made. */
const FITTING: Readonly<Record<string, string>> = {
  app: 'acme-crm',
  limit: '10',
  // A run is not waited for: a scanner takes that for a delay of its own.
  wait: '0',
  state: 'succeeded',
  action_type: 'write',
  scope: 'zap',
  redirect_uri: 'https://notes.acme.test/connected',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
};
const JSON_TYPE = 'application/json';
/** Go with nothing else. */
const ALONE = ['cursor', 'ids'];

/** With one and the same, only the first of many bodies would be looked at. It is read by the same code wherever it is, so once is enough. */
const KEY = 'Idempotency-Key';
const WITH_KEY = 'POST /v2/webhooks/{id}/test';

/** One that goes into the audit with where it came from. The headers of all are read by the same code. */
const WITH_HEADERS = 'PUT /admin/platform/keys/policy';
const HEADERS = { 'user-agent': 'gatehouse', referer: 'https://notes.acme.test/', 'x-forwarded-for': '192.0.2.1' };

/** One, and one more for each parameter that goes with no other. @param mark put behind each parameter, but for those of a body of JSON */
export function scannedRequests(operation: Operation, ground: Ground, mark: string): ScannedRequest[] {
  const query = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const alone = [...query.filter((name) => ALONE.includes(name)), ...(operation.name === WITH_KEY ? [KEY] : [])];
  return [
    scannedRequest(operation, ground, mark, (name) => name !== KEY && !ALONE.includes(name)),
    ...alone.map((of) => scannedRequest(operation, ground, mark, (name) => name === of)),
  ];
}

function scannedRequest(
  operation: Operation,
  ground: Ground,
  mark: string,
  isWanted: (parameter: string) => boolean,
): ScannedRequest {
  const { method, path, name, parameters, body } = operation;
  const fitting: Record<string, string> = { ...FITTING, client_id: ground.tenant.partner.clientId };
  // What is destroyed is the victim's.
  const whose = method === 'GET' || path.startsWith('/v2/') ? ground.tenant : ground.victim;
  const held = { ...whose.own, ...whose.adas };
  const things = thingsIn(path);
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, of: string) => `${held[things[of] ?? ''] ?? 'acme-crm'}${mark}`);
  const valuesOf = (place: 'query' | 'header') =>
    Object.fromEntries(
      parameters
        .filter((parameter) => parameter.in === place && isWanted(parameter.name))
        .map(({ name: of, schema }) => [of, (fitting[of] ?? String(valueOf(schema, () => true))) + mark]),
    );
  const query = new URLSearchParams(valuesOf('query')).toString();
  const hasBody = body !== null || method !== 'GET';
  return {
    name,
    method,
    target: filled + (query === '' ? '' : `?${query}`),
    headers: {
      ...authorizationOf(operation, ground),
      ...(hasBody && { 'content-type': body?.type ?? JSON_TYPE }),
      ...(name === WITH_HEADERS && marked(HEADERS, mark)),
      ...valuesOf('header'),
    },
    // Without one, a scanner says that it is a form.
    body: body ? bodyOf(body, mark) : hasBody ? '{}' : null,
  };
}

/** A scanner finds the members of JSON by itself. */
function bodyOf({ type, schema }: NonNullable<Operation['body']>, mark: string): string {
  const value = valueOf(schema, () => true);
  const isForm = type === 'application/x-www-form-urlencoded';
  return isForm ? new URLSearchParams(marked(value as Record<string, string>, mark)).toString() : JSON.stringify(value);
}

function marked(values: Readonly<Record<string, string>>, mark: string): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value + mark]));
}

function authorizationOf({ security }: Operation, { tenant, adminToken }: Ground): Record<string, string> {
  const [scheme = ''] = security;
  const { clientId, clientSecret } = tenant.partner;
  const tokens: Record<string, string> = {
    admin: adminToken,
    metrics: adminToken,
    user: tenant.ada.token,
    app: tenant.appToken,
  };
  if (scheme === 'client')
    return { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` };
  const token = tokens[scheme];
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
