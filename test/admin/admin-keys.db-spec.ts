import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/database';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import { Partner } from '../main-job/partner.js';
import { RegistryScene } from '../registry/registry-scene.js';

interface MadeKey {
  id: string;
  key: string;
}

let scene: RegistryScene;
let foreign: MadeKey;
let readOnly: MadeKey;
let ofTenant: MadeKey;
let expired: MadeKey;
let revoked: MadeKey;

beforeAll(async () => {
  scene = await RegistryScene.start();
  await Partner.enrol(scene.gatehouse, { slug: 'rival' });
  foreign = await make({ name: 'foreign', tenant: 'rival' });
  ofTenant = await make({ name: 'own', tenant: 'acme-notes' });
  readOnly = await make({ name: 'reader', read_only: true });
  expired = await make({ name: 'expired' });
  await scene.database.query(`UPDATE admin_keys SET expires_at = created_at WHERE id = $1`, [expired.id]);
  revoked = await make({ name: 'revoked' });
  await scene.gatehouse.admin('DELETE', `/admin/keys/${revoked.id}`);
});
afterAll(() => scene?.close());

const call = (method: string, path: string, bearer?: string, json?: unknown): Promise<Answer> =>
  scene.gatehouse.call(method, path, { bearer, ...(json !== undefined && { json }) });

async function make(body: object, bearer = scene.gatehouse.adminToken): Promise<MadeKey> {
  const answer = await call('POST', '/admin/keys', bearer, body);
  expect(answer.status, answer.text).toBe(201);
  return answer.json as MadeKey;
}

/** It is believed for half a second. */
async function untilRefused(path: string, bearer: string): Promise<Answer> {
  for (;;) {
    const answer = await call('GET', path, bearer);
    if (answer.status !== 200) return answer;
  }
}

const isOfTenant = (url: string) => url.startsWith('/admin/tenants/:slug');
const pathOf = (url: string) => url.replace(':slug', 'acme-notes').replaceAll(/:\w+/g, newId());
const adminRoutes = () => scene.routes.filter(({ url }) => url.startsWith('/admin'));

const until = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

describe('every admin route', () => {
  it('is one of those that are tried here', () => {
    expect(adminRoutes().length).toBeGreaterThan(40);
    expect(adminRoutes().filter(({ url }) => isOfTenant(url)).length).toBeGreaterThan(25);
  });

  it.each<[string, () => string | undefined, string]>([
    ['no token', () => undefined, 'not_authenticated'],
    ['an expired key', () => expired.key, 'authentication_failed'],
    ['a revoked key', () => revoked.key, 'authentication_failed'],
    ['a key that was never made', () => `${ofTenant.key.slice(0, -2)}AA`, 'authentication_failed'],
  ])('refuses %s with 401', async (_what, bearer, code) => {
    for (const { method, url } of adminRoutes())
      expectRefusal(await call(method, pathOf(url), bearer()), 'admin', 401, { code });
  });

  it('is not there for the key of another tenant, and refused to it where it is of no tenant', async () => {
    const before = await dump();
    for (const { method, url } of adminRoutes()) {
      const answer = await call(method, pathOf(url), foreign.key);
      if (isOfTenant(url)) expectRefusal(answer, 'admin', 404, { detail: 'There is no tenant "acme-notes".' });
      else expectRefusal(answer, 'admin', 403, { code: 'permission_denied' });
    }
    expect(await dump()).toEqual(before);
  });

  it('that changes something is refused to a key that may only read', async () => {
    const before = await dump();
    for (const { method, url } of adminRoutes().filter((route) => route.method !== 'GET')) {
      const answer = await call(method, pathOf(url), readOnly.key);
      expectRefusal(answer, 'admin', 403, { detail: 'This admin key may only read. Use one that may write.' });
    }
    expect(await dump()).toEqual(before);
  });

  it('that only reads is open to a key that may only read', async () => {
    for (const { url } of adminRoutes().filter(({ method }) => method === 'GET'))
      expect([url, (await call('GET', pathOf(url), readOnly.key)).status]).toEqual([url, expect.toBeOneOf([200, 404])]);
  });
});

/** All that a call above could have changed. */
const dump = () =>
  Promise.all(
    ['tenants', 'clients', 'admin_keys', 'connections', 'tenant_apps'].map((table) =>
      scene.database.query(`SELECT to_jsonb(row) - 'last_used_at' AS row FROM ${table} row ORDER BY 1`),
    ),
  );

describe('a key of a tenant', () => {
  it('reads and changes its tenant, and can not take it away', async () => {
    expect((await call('GET', '/admin/tenants/acme-notes', ofTenant.key)).status).toBe(200);
    const renamed = await call('PATCH', '/admin/tenants/acme-notes', ofTenant.key, { name: 'Acme 2' });
    expect(renamed.json).toMatchObject({ name: 'Acme 2' });
    expectRefusal(await call('DELETE', '/admin/tenants/acme-notes', ofTenant.key), 'admin', 403);
  });

  it.each(['/admin/tenants/rival%2F..%2Facme-notes', '/admin/tenants/RIVAL/keys', '/admin/tenants/acme-notes%00/keys'])(
    'reaches no other by %s',
    async (path) => {
      expectRefusal(await call('GET', path, foreign.key), 'admin', 404);
    },
  );

  it('makes no keys and sees none', async () => {
    expectRefusal(await call('POST', '/admin/keys', ofTenant.key, { name: 'x', tenant: 'acme-notes' }), 'admin', 403);
    expectRefusal(await call('GET', '/admin/keys', ofTenant.key), 'admin', 403);
  });

  it('is good for nothing while its tenant is disabled', async () => {
    await scene.gatehouse.admin('PATCH', '/admin/tenants/rival', { disabled: true });
    await untilRefused('/admin/tenants/rival', foreign.key);
    expectRefusal(await call('PATCH', '/admin/tenants/rival', foreign.key, { disabled: false }), 'admin', 401);
    await scene.gatehouse.admin('PATCH', '/admin/tenants/rival', { disabled: false });
  });
});

describe('a key', () => {
  it('is shown once, begins as secret scanners know it, and is stored as a digest', async () => {
    const { id, key } = await make({ name: 'deploys', tenant: 'acme-notes' });
    expect(key).toMatch(/^gate_ak_[\w-]{22}\.[\w-]{43}$/);
    expect((await call('GET', '/admin/keys', scene.gatehouse.adminToken)).text).not.toContain(key);
    const [row] = await scene.database.query<object>(`SELECT * FROM admin_keys WHERE id = $1`, [id]);
    expect(JSON.stringify(row)).not.toContain(key.slice(-43));
  });

  it('says when it was last used', async () => {
    const used = await make({ name: 'used' });
    const lastUsed = async () => {
      const { keys } = (await call('GET', '/admin/keys', scene.gatehouse.adminToken)).json as {
        keys: { id: string; last_used_at: string | null }[];
      };
      return keys.find(({ id }) => id === used.id)?.last_used_at;
    };
    expect(await lastUsed()).toBeNull();
    await call('GET', '/admin/tenants', used.key);
    expect(Date.parse((await lastUsed()) ?? '')).toBeGreaterThan(Date.now() - 60_000);
  });

  it('is named in what it did, with the address and the request', async () => {
    const maker = await make({ name: 'maker' });
    const made = await make({ name: 'made', tenant: 'acme-notes' }, maker.key);
    const { entries } = (await call('GET', `/admin/tenants/acme-notes/audit?subject=${made.id}`, ofTenant.key))
      .json as {
      entries: object[];
    };
    const address = expect.stringMatching(/^(127\.0\.0\.1|::1|::ffff:127\.0\.0\.1)$/);
    expect(entries).toMatchObject([
      { action: 'admin_key.created', actor: `admin-key:${maker.id}`, address, request_id: expect.any(String) },
    ]);
  });

  it('ends soon after it was revoked', async () => {
    const short = await make({ name: 'short' });
    expect((await call('GET', '/admin/tenants', short.key)).status).toBe(200);
    await scene.gatehouse.admin('DELETE', `/admin/keys/${short.id}`);
    expectRefusal(await untilRefused('/admin/tenants', short.key), 'admin', 401);
  });

  it('that ends makes none that outlives it', async () => {
    const ending = await make({ name: 'ending', expires_at: until(600) });
    expectRefusal(await call('POST', '/admin/keys', ending.key, { name: 'x' }), 'admin', 403);
    expectRefusal(await call('POST', '/admin/keys', ending.key, { name: 'x', expires_at: until(900) }), 'admin', 403);
    await make({ name: 'x', expires_at: until(300) }, ending.key);
  });

  it.each<[string, object, string]>([
    ['no name', {}, '/name'],
    ['an unknown member', { name: 'x', scope: 'all' }, '/scope'],
    ['an end that is past', { name: 'x', expires_at: '2001-01-01T00:00:00Z' }, '/expires_at'],
    ['an end that is no date', { name: 'x', expires_at: 'soon' }, '/expires_at'],
  ])('with %s is refused at its place', async (_what, body, pointer) => {
    const answer = await call('POST', '/admin/keys', scene.gatehouse.adminToken, body);
    expectRefusal(answer, 'admin', 400, { code: 'invalid' });
    expect(answer.text).toContain(`"${pointer}"`);
  });

  it('has room again where one is revoked or over, and one of the others counts for nothing', async () => {
    await Partner.enrol(scene.gatehouse, { slug: 'keen' });
    const add = () => call('POST', '/admin/keys', scene.gatehouse.adminToken, { name: 'x', tenant: 'keen' });
    const made = await Promise.all(Array.from({ length: 105 }, add));
    expect(made.filter(({ status }) => status === 201)).toHaveLength(100);
    expectRefusal(await add(), 'admin', 409, { code: 'conflict' });
    await make({ name: 'of another', tenant: 'rival' });
    const [first, second] = made.filter(({ status }) => status === 201).map((answer) => answer.at('id'));
    await scene.gatehouse.admin('DELETE', `/admin/keys/${first}`);
    await scene.database.query(`UPDATE admin_keys SET expires_at = created_at WHERE id = $1`, [second]);
    expect([(await add()).status, (await add()).status, (await add()).status]).toEqual([201, 201, 409]);
  });

  it('that is not there can not be revoked, and one of a tenant that is not there not be made', async () => {
    const { adminToken } = scene.gatehouse;
    for (const id of [newId(), 'x']) expectRefusal(await call('DELETE', `/admin/keys/${id}`, adminToken), 'admin', 404);
    expectRefusal(await call('POST', '/admin/keys', adminToken, { name: 'x', tenant: 'nobody' }), 'admin', 404);
  });
});
