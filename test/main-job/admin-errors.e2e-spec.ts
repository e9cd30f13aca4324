import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectRefusal } from './error-format.js';
import { Scenario } from './scenario.js';

let scenario: Scenario;

beforeAll(async () => {
  scenario = await Scenario.start();
  await scenario.enrol();
});
afterAll(() => scenario.close());

const routes: [string, string][] = [
  ['POST', '/admin/tenants'],
  ['GET', '/admin/tenants'],
  ['GET', '/admin/tenants/acme-notes'],
  ['PATCH', '/admin/tenants/acme-notes'],
  ['POST', '/admin/tenants/acme-notes/clients'],
  ['GET', '/admin/tenants/acme-notes/clients'],
  ['GET', '/admin/tenants/acme-notes/clients/x'],
  ['PATCH', '/admin/tenants/acme-notes/clients/x'],
  ['POST', '/admin/tenants/acme-notes/clients/x/secret'],
  ['GET', '/admin/tenants/acme-notes/users'],
  ['GET', '/admin/tenants/acme-notes/users/x'],
  ['PATCH', '/admin/tenants/acme-notes/users/x'],
  ['GET', '/admin/tenants/acme-notes/keys'],
  ['GET', '/admin/tenants/acme-notes/trust'],
  ['POST', '/admin/apps'],
  ['GET', '/admin/apps'],
  ['PUT', '/admin/tenants/acme-notes/apps/acme-crm'],
];

describe.each(routes)('%s %s', (method, path) => {
  const json = method === 'GET' ? undefined : {};

  test('refuses a caller without the admin token', async () => {
    const answer = await scenario.gatehouse.call(method, path, { json });
    expectRefusal(answer, 'admin', 401, { code: 'not_authenticated' });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="gatehouse"');
  });

  test.each(['Bearer ', 'Bearer wrong', 'Basic YTpi', 'wrong'])('refuses "%s"', async (authorization) => {
    const answer = await scenario.gatehouse.call(method, path, { json, headers: { authorization } });
    expectRefusal(answer, 'admin', 401);
  });

  test('refuses the token with a character too many', async () => {
    const answer = await scenario.gatehouse.call(method, path, { json, bearer: `${scenario.gatehouse.adminToken}x` });
    expectRefusal(answer, 'admin', 401, { code: 'authentication_failed' });
  });
});

const send = (method: string, path: string, json: unknown) =>
  scenario.gatehouse.call(method, path, { json, bearer: scenario.gatehouse.adminToken });
const headers = () => ({ authorization: `Bearer ${scenario.gatehouse.adminToken}` });
const tenant = { slug: 'new', name: 'New', issuer: 'https://new.test', trust: { jwks: { keys: [] } } };

describe('POST /admin/tenants', () => {
  test.each<[string, object, string]>([
    ['an unknown member', { ...tenant, colour: 'red' }, '/colour'],
    ['an unknown member below', { ...tenant, trust: { ...tenant.trust, pem: 'x' } }, '/trust/pem'],
    ['no slug', { ...tenant, slug: undefined }, '/slug'],
    ['a slug that is no path segment', { ...tenant, slug: '../x' }, '/slug'],
    ['a number as name', { ...tenant, name: 7 }, '/name'],
    ['an upload that is no JWK Set', { ...tenant, trust: { jwks: {} } }, '/trust/jwks'],
    ['a JWKS URL without TLS', { ...tenant, trust: { jwks_uri: 'http://192.0.2.1/jwks' } }, '/trust/jwks_uri'],
    ['no source of trust', { ...tenant, trust: {} }, '/trust'],
    ['an origin with a path', { ...tenant, origins: ['https://a.test/b'] }, '/origins'],
    ['a wildcard origin', { ...tenant, origins: ['*'] }, '/origins'],
    ['a redirect URI with a fragment', { ...tenant, redirect_uris: ['https://a.test/#b'] }, '/redirect_uris'],
    ['a redirect URI of another scheme', { ...tenant, redirect_uris: ['javascript:alert(1)'] }, '/redirect_uris'],
    ['an unknown policy', { ...tenant, connect_policy: 'none' }, '/connect_policy'],
  ])('refuses %s at its place', async (_what, body, pointer) => {
    const answer = await send('POST', '/admin/tenants', body);
    expectRefusal(answer, 'admin', 400, { code: 'invalid' });
    expect(answer.json).toMatchObject({ errors: expect.arrayContaining([expect.objectContaining({ pointer })]) });
  });

  test.each([
    ['a list', []],
    ['text', 'tenant'],
    ['nothing', null],
  ])('refuses %s in place of an object', async (_what, body) => {
    expectRefusal(await send('POST', '/admin/tenants', body), 'admin', 400);
  });

  test('refuses a key that is not public', async () => {
    const jwks = { keys: [{ kty: 'oct', k: 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0', kid: 'a', alg: 'HS256' }] };
    expectRefusal(await send('POST', '/admin/tenants', { ...tenant, trust: { jwks } }), 'admin', 400);
  });

  test('refuses a slug that is taken, and changes nothing', async () => {
    const before = await scenario.gatehouse.admin('GET', '/admin/tenants/acme-notes');
    const answer = await send('POST', '/admin/tenants', { ...tenant, slug: 'acme-notes' });
    expectRefusal(answer, 'admin', 409, { code: 'conflict' });
    const after = await scenario.gatehouse.admin('GET', '/admin/tenants/acme-notes');
    expect(after.text).toBe(before.text);
  });

  test('a refused tenant leaves nothing behind', async () => {
    await send('POST', '/admin/tenants', { ...tenant, slug: 'half', trust: { jwks: { keys: [{ kty: 'oct' }] } } });
    expectRefusal(await send('GET', '/admin/tenants/half', undefined), 'admin', 404, { code: 'not_found' });
  });
});

test.each([
  ['GET', '/admin/tenants/nobody', undefined],
  ['GET', '/admin/tenants/nobody/keys', undefined],
  ['GET', '/admin/tenants/nobody/trust', undefined],
  ['POST', '/admin/tenants/nobody/clients', { name: 'a', grants: [], scopes: [] }],
  ['PUT', '/admin/tenants/nobody/apps/acme-crm', {}],
  ['PUT', '/admin/tenants/acme-notes/apps/nothing', {}],
  ['GET', '/admin/nothing', undefined],
  ['GET', '/nothing', undefined],
])('what is not there is answered with 404: %s %s', async (method, path, json) => {
  expectRefusal(await send(method, path, json), 'admin', 404, { code: 'not_found' });
});

describe('POST /admin/apps', () => {
  test.each([
    ['an empty object', '{}'],
    ['another version', '{"openapi":"2.0","info":{"title":"a"},"paths":{}}'],
    ['no paths', '{"openapi":"3.1.0","info":{"title":"a","version":"1"}}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a reference to a file', '{"openapi":"3.1.0","info":{"title":"a","version":"1"},"paths":{"$ref":"/etc/passwd"}}'],
  ])('refuses a document that is %s', async (_what, body) => {
    const answer = await scenario.gatehouse.call('POST', '/admin/apps', {
      body,
      headers: { ...headers(), 'content-type': 'application/json' },
    });
    expectRefusal(answer, 'admin', 400, { code: 'document_invalid' });
  });

  test.each([
    ['broken YAML', 'application/yaml', 'a: [1'],
    ['a bomb of aliases', 'application/yaml', bomb()],
  ])('refuses %s', async (_what, type, body) => {
    const answer = await scenario.gatehouse.call('POST', '/admin/apps', {
      body,
      headers: { ...headers(), 'content-type': type },
    });
    expectRefusal(answer, 'admin', 400, { code: 'document_invalid' });
  });

  test.each([
    ['application/json', '{"openapi"', 400],
    ['application/json', '{"__proto__":{"a":1}}', 400],
    ['application/xml', '<a/>', 415],
  ])('refuses a body that is no %s: %s', async (type, body, status) => {
    const sent = { body, headers: { ...headers(), 'content-type': type } };
    expectRefusal(await scenario.gatehouse.call('POST', '/admin/apps', sent), 'admin', status);
  });
});

describe('PUT /admin/tenants/{slug}/apps/{key}', () => {
  const path = '/admin/tenants/acme-notes/apps/acme-crm';
  test.each<[string, object, string]>([
    ['an unknown member', { secret: 'x' }, '/secret'],
    ['a client without a secret', { oauth: { client_id: 'a' } }, '/oauth/client_secret'],
    ['a scope with a space', { scopes: ['a b'] }, '/scopes'],
    ['a server of another scheme', { server_url: 'file:///etc/passwd' }, '/server_url'],
    ['a word for a switch', { enabled: 'no' }, '/enabled'],
  ])('refuses %s at its place', async (_what, body, pointer) => {
    const answer = await send('PUT', path, body);
    expectRefusal(answer, 'admin', 400);
    expect(answer.json).toMatchObject({ errors: expect.arrayContaining([expect.objectContaining({ pointer })]) });
  });
});

function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const items = Array.from({ length: 9 }, () => (level === 0 ? 'x' : `*a${level - 1}`)).join(', ');
    return `a${level}: &a${level} [${items}]`;
  });
  return levels.join('\n');
}
