import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, startService, type ServiceProcess, type TestDatabase } from '#libs/testing';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';

/** Published samples send multipart forms to the token endpoint (protocol.md C8). */
let database: TestDatabase;
let service: ServiceProcess;
let partner: Partner;

beforeAll(async () => {
  database = await createTestDatabase();
  service = await startService({ databaseUrl: database.url });
  partner = await Partner.enrol(new Gatehouse(service.url, service.adminToken), { slug: 'acme' });
});
afterAll(async () => {
  await service?.stop();
  await database?.drop();
});

async function send(fields: [string, string | Blob][]): Promise<{ status: number; body: Record<string, unknown> }> {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  const response = await fetch(`${service.url}/oauth/token/`, { method: 'POST', body: form });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const usual = (): [string, string][] => [
  ['grant_type', 'client_credentials'],
  ['client_id', partner.clientId],
  ['client_secret', partner.clientSecret],
];

it('a well-formed multipart form is as good as any', async () => {
  expect(await send([...usual(), ['scope', 'webhook:read']])).toMatchObject({
    status: 200,
    body: { token_type: 'Bearer', scope: 'webhook:read' },
  });
});

it.each<[string, [string, string | Blob][]]>([
  ['a repeated parameter', [['grant_type', 'client_credentials']]],
  ['a file', [['scope', new Blob(['webhook:read'])]]],
])('one with %s is refused', async (_what, more) => {
  expect(await send([...usual(), ...more])).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
});

it.each([
  '',
  '--x',
  '--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\nclient_cred',
  `--y\r\n${'a'.repeat(1000)}`,
])('one that is not well-formed is refused: %j', async (body) => {
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  const response = await fetch(`${service.url}/oauth/token`, { method: 'POST', headers, body });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: 'invalid_request' });
});

it('a urlencoded body under that name is read as what it is', async () => {
  const body = new URLSearchParams([...usual(), ['scope', 'webhook:read']] as [string, string][]).toString();
  const headers = { 'content-type': 'multipart/form-data' };
  const response = await fetch(`${service.url}/oauth/token`, { method: 'POST', headers, body });
  expect([response.status, await response.json()]).toMatchObject([200, { scope: 'webhook:read' }]);
});

it('a URL that is too long is answered, and not to be stored', async () => {
  const response = await fetch(`${service.url}/oauth/authorize?state=${'x'.repeat(20_000)}`);
  expect(response.status).toBe(431);
  expect(response.headers.get('cache-control')).toBe('no-store');
});
