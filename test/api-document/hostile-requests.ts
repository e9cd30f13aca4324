import type { FurnishedTenant, Holdings } from './furnished-tenant.js';
import type { HostileValues } from './hostile-values.js';
import type { Sent } from './http-call.js';
import { thingsIn } from './ids.js';
import type { Operation } from './operations.js';

const TYPES = ['application/json', 'application/vnd.api+json', 'application/x-www-form-urlencoded', 'text/plain'];
const ODD_TYPES = ['application/yaml', 'multipart/form-data; boundary=b', 'multipart/form-data', 'image/png', ';', ''];

/** Who is behind the requests, and what they know of. */
export interface Ground {
  tenant: FurnishedTenant;
  /** Its things are changed and destroyed; those of the other are read. */
  victim: FurnishedTenant;
  adminToken: string;
}

/** A request for an operation: in part as the document says, in part anything but. */
export function hostileRequest(operation: Operation, values: HostileValues, ground: Ground): Sent {
  const { type, body } = bodyOf(operation, values);
  const headers: Sent['headers'] = {
    ...authorizationOf(operation, values, ground),
    ...(type !== null && { 'content-type': type }),
    ...oddHeaders(operation, values),
  };
  return {
    method: operation.method,
    path: pathOf(operation, values, ground) + queryOf(operation, values),
    headers,
    body,
  };
}

function pathOf({ method, path }: Operation, values: HostileValues, { tenant, victim }: Ground): string {
  const whose = method === 'GET' || path.startsWith('/v2/') ? tenant : victim;
  const held: Holdings = { ...whose.own, ...(values.happens(0.8) ? whose.adas : whose.eves) };
  const things = thingsIn(path);
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    // What a tenant is called is spoilt last: behind it lies most of the API.
    const isOwn = values.happens(name === 'slug' ? 0.95 : 0.6);
    const id = isOwn ? (held[things[name] ?? ''] ?? 'acme-crm') : values.text();
    return encodeURIComponent(wellFormed(id.slice(0, 600))) || '%20';
  });
}

function queryOf({ path, parameters }: Operation, values: HostileValues): string {
  const pairs: [string, string][] = [];
  for (const { name, in: place, required, schema } of parameters) {
    if (place !== 'query' || !values.happens(required ? 0.9 : 0.3)) continue;
    const fitting = schema.enum ? String(values.pick(schema.enum)) : String(schema.minimum ?? 'acme-crm');
    // A run is waited for as long as that says, which is no hang.
    const value = name === 'wait' ? values.pick(['0', '1', 'x', '-1', '31']) : values.text();
    pairs.push([name, values.happens(0.5) ? fitting : value]);
    if (values.happens(0.05)) pairs.push([name, value]);
  }
  if (values.happens(0.1) && path !== '/v2/action-runs/{id}') pairs.push([values.text(), values.text()]);
  if (pairs.length === 0) return '';
  return `?${pairs.map((pair) => pair.map((part) => encodeURIComponent(wellFormed(part))).join('=')).join('&')}`;
}

function authorizationOf({ security }: Operation, values: HostileValues, ground: Ground): Sent['headers'] {
  const { tenant, adminToken } = ground;
  const right: Record<string, string> = {
    admin: adminToken,
    user: tenant.ada.token,
    app: tenant.appToken,
    metrics: adminToken,
  };
  const { clientId, clientSecret } = tenant.partner;
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  const fitting = security.includes('client') ? basic : `Bearer ${right[security[0] ?? ''] ?? tenant.ada.token}`;
  if (values.happens(0.9)) return { authorization: fitting };
  const wrong = [...Object.values(right), tenant.adminKey, tenant.eve.token].map((token) => `Bearer ${token}`);
  return values.pick<Sent['headers']>([
    {},
    { authorization: values.pick(wrong) },
    { authorization: 'Bearer' },
    { authorization: `Bearer ${'x'.repeat(8000)}` },
    { authorization: 'Basic !!!' },
    { authorization: `Basic ${Buffer.from('a').toString('base64')}` },
    { authorization: 'Bearer \u00ff\u00fe' },
  ]);
}

function bodyOf({ method, body }: Operation, values: HostileValues): { type: string | null; body: Buffer | null } {
  if (method === 'GET') return { type: null, body: null };
  const type = values.happens(0.9) ? (body?.type ?? 'application/json') : values.pick([...TYPES, ...ODD_TYPES]);
  if (values.happens(0.1)) return { type, body: values.bytes() };
  if (!body) return { type, body: values.happens(0.5) ? null : Buffer.from(JSON.stringify(values.any())) };
  const value = values.body(body.schema);
  if (body.type !== 'application/x-www-form-urlencoded')
    return { type, body: Buffer.from(JSON.stringify(value) ?? '') };
  const pairs = Object.entries(Object(value) as object).map(([name, item]): [string, string] => [
    name,
    wellFormed(textOf(item)),
  ]);
  return { type, body: Buffer.from(new URLSearchParams(pairs).toString()) };
}

/** Half a letter can not be escaped. In JSON it can be sent. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function oddHeaders({ path }: Operation, values: HostileValues): Sent['headers'] {
  if (!values.happens(0.15)) return {};
  return values.pick<Sent['headers']>([
    { 'idempotency-key': values.pick(['', 'k'.repeat(300), 'once', '\u00e9', '1']) },
    { accept: values.pick(['text/html', 'image/*;q=0.1', '*', ';;;']) },
    { cookie: values.pick(['a=b', `gatehouse-connect-x=${'y'.repeat(3000)}`, '=;=;%', '__proto__=1']) },
    { origin: values.pick(['null', 'https://evil.test', 'https://notes.acme.test', '::']) },
    { 'x-forwarded-for': values.pick(['127.0.0.1', '::1, 10.0.0.1', 'x'.repeat(2000)]) },
    { 'last-event-id': values.pick(['-1', 'x', '99999999999999']) },
    { 'if-none-match': values.pick(['*', '""', 'W/"x", "y"', ',,,']) },
    { 'accept-language': 'x'.repeat(2000), referer: values.pick(['x', 'https://[', path]) },
    { traceparent: values.pick(['00-0-0-00', `00-${'f'.repeat(32)}-${'f'.repeat(16)}-01`]) },
    { 'zapier-callback-signature': values.pick(['x', 'a.b.c', 'eyJhbGciOiJub25lIn0..']) },
    { 'sec-fetch-site': 'cross-site', 'sec-purpose': values.pick(['prefetch', 'x']) },
  ]);
}
