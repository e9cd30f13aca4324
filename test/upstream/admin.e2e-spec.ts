import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createTestDatabase,
  type ServiceProcess,
  startService,
  type TestDatabase,
  ZapierEmulator,
} from '#libs/testing';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';

interface Seen {
  health: { state: string; last_failure: string | null; apps: number; synced_at: string | null };
  register: { jwks_uri: string; redirect_uris: string[] };
}
interface Examined {
  ok: boolean;
  checks: { check: string; ok: boolean; detail: string }[];
}

let database: TestDatabase;
let service: ServiceProcess;
let gatehouse: Gatehouse;
let emulator: ZapierEmulator;
let slug: string;
let issuer: string;

beforeAll(async () => {
  database = await createTestDatabase();
  service = await startService({ databaseUrl: database.url });
  gatehouse = new Gatehouse(service.url, service.adminToken);
});
beforeEach(async () => {
  slug = `acme-${randomUUID()}`;
  await Partner.enrol(gatehouse, { slug });
  issuer = `${service.url.replace('127.0.0.1', 'localhost')}/tenants/${slug}`;
  const jwksUri = `${issuer}/.well-known/jwks.json`;
  emulator = await ZapierEmulator.start({ partners: [{ issuer, jwksUri, audience: '127.0.0.1' }] });
});
afterEach(() => emulator?.close());
afterAll(async () => {
  await service?.stop();
  await database?.drop();
});

const path = (rest = '') => `/admin/tenants/${slug}/upstreams/zapier${rest}`;
const settings = (changes: object = {}) => ({
  mode: 'jwt',
  api_url: emulator.apiUrl,
  token_url: emulator.tokenUrl,
  connect_url: emulator.connectUrl,
  client_id: emulator.partner.clientId,
  client_secret: emulator.partner.clientSecret,
  rate: { per_address: 6000, per_partner: 6000 },
  ...changes,
});
const put = (changes: object = {}) =>
  gatehouse.call('PUT', path(), { bearer: service.adminToken, json: settings(changes) });
const seen = async () => (await gatehouse.admin('GET', path())).json as Seen;
const examine = async () => (await gatehouse.admin('POST', path('/doctor'))).json as Examined;

async function untilRead(): Promise<Seen> {
  for (;;) {
    const upstream = await seen();
    if (upstream.health.synced_at !== null) return upstream;
    await delay(100);
  }
}

describe('an upstream', () => {
  it('is refused to a caller without the admin token', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) expect((await gatehouse.call(method, path())).status).toBe(401);
  });

  it('is not called as lists call our own apps', async () => {
    const local = `/admin/tenants/${slug}/upstreams/local`;
    const answer = await gatehouse.call('PUT', local, { bearer: service.adminToken, json: settings() });
    expect([answer.status, answer.at('code')]).toEqual([400, 'invalid']);
  });

  it('is made with what follows from its addresses, never shows its secret, and its apps are read', async () => {
    const made = await put({ rate: undefined });
    expect(made.status).toBe(200);
    expect(made.json).toMatchObject({
      name: 'zapier',
      mode: 'jwt',
      token_url: `${emulator.apiUrl}/oauth/token`,
      jwks_url: emulator.jwksUrl,
      authorize_url: null,
      issuer,
      audience: '127.0.0.1',
      claims: { user: 'sub', org: 'org_id' },
      connect: 'page',
      rate: { per_address: 60, per_partner: 150, window_seconds: 60 },
    });
    const { health, register } = await untilRead();
    expect(health).toMatchObject({ state: 'ok', last_failure: null });
    expect(health.apps).toBeGreaterThanOrEqual(30);
    expect(register.redirect_uris).toEqual([`${new URL(issuer).origin}/oauth/upstream/zapier/callback`]);
    expect(gatehouse.bodies.join()).not.toContain(emulator.partner.clientSecret);
  });

  it('keeps what a change leaves out, its secret too', async () => {
    await put({ title: 'Our Zapier', claims: { org: 'tenant_id' } });
    const { client_secret: _, ...rest } = settings({ connect: 'popup' });
    const changed = await gatehouse.admin('PUT', path(), rest);
    expect(changed.json).toMatchObject({
      title: 'Our Zapier',
      claims: { user: 'sub', org: 'tenant_id' },
      connect: 'popup',
    });
    const listed = await gatehouse.admin('GET', `/admin/tenants/${slug}/upstreams`);
    expect(listed.json).toMatchObject({ upstreams: [{ name: 'zapier', connect: 'popup' }] });
  });

  it.each<[string, object]>([
    ['/client_secret', { client_secret: undefined }],
    ['/api_url', { api_url: 'http://10.0.0.1' }],
    ['/token_url', { token_url: 'ftp://zapier.com' }],
    ['/mode', { mode: 'magic' }],
    ['/rate/per_partner', { rate: { per_partner: 0 } }],
    ['/nonsense', { nonsense: 1 }],
    // All users of an org would be one there.
    ['/claims', { claims: { user: 'org_id' } }],
    ['/claims', { claims: { org: 'aud' } }],
  ])('is refused with the pointer %s', async (pointer, changes) => {
    const answer = await put(changes);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(`"${pointer}"`);
  });

  it.each([
    ['client', { client_id: 'another' }],
    ['token endpoint', { token_url: 'http://127.0.0.1:9/token' }],
  ])('sends the secret that it holds to no other %s', async (_, changes) => {
    await put();
    const { client_secret: secret, ...rest } = settings(changes);
    const refused = await gatehouse.call('PUT', path(), { bearer: service.adminToken, json: rest });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('"/client_secret"');
    expect((await put({ ...changes, client_secret: secret })).status).toBe(200);
  });

  it('goes with its apps, and is on record', async () => {
    await put();
    await untilRead();
    const gone = await gatehouse.call('DELETE', path(), { bearer: service.adminToken });
    expect(gone.status).toBe(204);
    expect((await gatehouse.get(path(), service.adminToken)).status).toBe(404);
    const audit = (await gatehouse.admin('GET', `/admin/tenants/${slug}/audit`)).text;
    for (const action of ['upstream.created', 'upstream.deleted']) expect(audit).toContain(action);
  });
});

const failed = ({ checks }: Examined) => checks.flatMap(({ check, ok }) => (ok ? [] : [check]));

describe('the doctor', () => {
  it('finds nothing wrong where nothing is', async () => {
    await put();
    const { ok, checks } = await examine();
    expect(failed({ ok, checks })).toEqual([]);
    expect(ok).toBe(true);
    expect(checks.map(({ check }) => check)).toEqual([
      'clock',
      'jwks',
      'redirect_uris',
      'credentials',
      'scopes',
      'connect_url',
      'catalog',
    ]);
  });

  it('names a wrong secret', async () => {
    await put({ client_secret: 'wrong' });
    const { ok, checks } = await examine();
    expect(ok).toBe(false);
    expect(checks).toContainEqual({
      check: 'credentials',
      ok: false,
      detail: 'The client id or the client secret is wrong.',
    });
  });

  it('tells a wrong secret from a right one in the mode of users too', async () => {
    await put({ mode: 'user' });
    expect(failed(await examine())).toEqual([]);
    await put({ mode: 'user', client_secret: 'wrong' });
    expect(failed(await examine())).toEqual(['credentials']);
  });

  it('names scopes that were not granted', async () => {
    await put();
    await emulator.ask('rule', { kind: 'without_scopes', scopes: ['action:run'] });
    expect(failed(await examine())).toEqual(['scopes']);
  });

  it('names an upstream that is not there', async () => {
    await put();
    await emulator.ask('refuse', { refuses: true });
    expect(failed(await examine())).toEqual(['clock', 'credentials', 'connect_url', 'catalog']);
    expect((await seen()).health).toMatchObject({ state: 'failing' });
  });
});
