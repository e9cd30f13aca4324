import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '#libs/crypto';
import { asTenantId, newId } from '#libs/database';
import { problem } from '#libs/errors';
import {
  createTenant,
  createTestDatabase,
  newTenant,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Clients, Tenants, Users } from './index.js';

let database: TestDatabase;
let app: TestApp;
let tenants: Tenants;
let clients: Clients;
let users: Users;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [] });
  tenants = app.get(Tenants);
  clients = app.get(Clients);
  users = app.get(Users);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const nothingMore = () => Promise.resolve();
const rows = async () => [
  await app.database.query(`SELECT * FROM tenants ORDER BY id`),
  await app.database.query(`SELECT * FROM clients ORDER BY tenant_id, client_id`),
];

describe('creating a tenant', () => {
  it('makes its first client too, whose secret is shown once and stored as a digest', async () => {
    const { tenant, client, secret } = await tenants.create(newTenant(), nothingMore);
    expect(await tenants.byId(tenant.id)).toMatchObject({ slug: tenant.slug, connectPolicy: 'strict' });
    expect(await clients.find(tenant.id, client.clientId)).toMatchObject({
      secretDigest: sha256(secret?.reveal() ?? ''),
      redirectUris: tenant.redirectUris,
    });
  });

  it('never lets its first client use the implicit grant', async () => {
    const { client } = await tenants.create(newTenant(), nothingMore);
    expect(client.grants).not.toContain('implicit');
    expect(client.grants).toContain('token_exchange');
  });

  it('with a taken slug is a conflict that names it, and leaves nothing behind', async () => {
    const { slug } = await createTenant(app);
    const before = await rows();
    let alsoRan = false;
    const also = () => {
      alsoRan = true;
      return Promise.resolve();
    };
    await expect(tenants.create(newTenant({ slug }), also)).rejects.toMatchObject({
      code: 'conflict',
      source: { pointer: '/slug' },
      message: expect.stringContaining(slug),
    });
    expect(await rows()).toEqual(before);
    expect(alsoRan).toBe(false);
  });

  it('of one slug succeeds for exactly one of 10 at once', async () => {
    const { slug } = newTenant();
    const made = await Promise.allSettled(
      Array.from({ length: 10 }, () => tenants.create(newTenant({ slug }), nothingMore)),
    );
    const refused = made.filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(9);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'conflict' });
  });

  it('leaves nothing behind when what is done with it fails', async () => {
    const before = await rows();
    const failing = tenants.create(newTenant(), () => Promise.reject(problem('invalid', 'No keys.')));
    await expect(failing).rejects.toMatchObject({ code: 'invalid' });
    expect(await rows()).toEqual(before);
  });

  it.each([{ connectPolicy: 'lax' }, { jtiPolicy: 'never' }])('is refused by the database with %j', async (changes) => {
    await expect(tenants.create(newTenant(changes as object), nothingMore)).rejects.toThrow('check');
  });
});

describe('finding a tenant', () => {
  it('by slug answers not_found for an unknown one', async () => {
    const { id, slug } = await createTenant(app);
    expect(await tenants.bySlug(slug)).toMatchObject({ id });
    await expect(tenants.bySlug('nobody')).rejects.toMatchObject({ code: 'not_found' });
    expect(await tenants.byId(asTenantId(newId()))).toBeNull();
  });

  it.each([
    ['https://acme.example', true],
    ['https://acme.example.evil', false],
    ['http://acme.example', false],
    ['https://acme.example:8443', false],
    ['', false],
  ])('by the origin %j of its pages: %s', async (origin, registered) => {
    await createTenant(app, { origins: ['https://acme.example'] });
    expect(await tenants.isRegisteredOrigin(origin)).toBe(registered);
  });
});

describe('clients', () => {
  const values = { name: 'Browser', grants: [], scopes: [], redirectUris: [], isPublic: true };

  it('are not found under another tenant', async () => {
    const [mine, other] = [await createTenant(app), await createTenant(app)];
    const { client } = await clients.add(mine.id, values, nothingMore);
    expect(await clients.find(mine.id, client.clientId)).toMatchObject({ name: 'Browser' });
    expect(await clients.find(other.id, client.clientId)).toBeNull();
  });

  it('have a secret unless they are public', async () => {
    const { id } = await createTenant(app);
    expect(await clients.add(id, values, nothingMore)).toMatchObject({ secret: null, client: { secretDigest: null } });
    const { client, secret } = await clients.add(id, { ...values, isPublic: false }, nothingMore);
    expect(client.secretDigest).toEqual(sha256(secret?.reveal() ?? ''));
  });
});

describe('users', () => {
  it('are made once, however many see them first at the same moment', async () => {
    const { id } = await createTenant(app);
    const ids = await Promise.all(Array.from({ length: 20 }, () => users.findOrCreate(id, 'org-1', 'ada')));
    expect(new Set(ids).size).toBe(1);
    expect(await users.findOrCreate(id, 'org-1', 'ada')).toBe(ids[0]);
    expect(await app.database.query(`SELECT id FROM users WHERE tenant_id = $1`, [id])).toEqual([{ id: ids[0] }]);
  });

  it('are other users in another org, under another tenant, and with another spelling', async () => {
    const [one, other] = [(await createTenant(app)).id, (await createTenant(app)).id];
    const ids = [
      await users.findOrCreate(one, 'org-1', 'ada'),
      await users.findOrCreate(one, 'org-2', 'ada'),
      await users.findOrCreate(other, 'org-1', 'ada'),
      await users.findOrCreate(one, 'org-1', 'Ada'),
      await users.findOrCreate(one, 'org-1', 'ada '),
      await users.findOrCreate(one, 'org-1ada', ''),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
