import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SYSTEM_ACTOR } from '#libs/audit';
import { ScopedDatabase, Wakeups } from '#libs/database';
import { type Tenant, Tenants } from '#libs/tenants';
import { createTestDatabase, newTenant, queryOnce, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { KeyRotation, PublishedKeys, Signer, SigningKeysModule, SigningKeyStore } from './index.js';

let database: TestDatabase;
let app: TestApp;
let published: PublishedKeys;
let tenant: Tenant;

beforeEach(async () => {
  vi.spyOn(Wakeups.prototype, 'onApplicationBootstrap').mockResolvedValue();
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [SigningKeysModule] });
  published = app.get(PublishedKeys);
  tenant = await createTenantWithKey();
  await published.sync();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await app?.close();
  await database?.drop();
});

async function createTenantWithKey(): Promise<Tenant> {
  const rotation = app.get(KeyRotation);
  const made = await app.get(Tenants).create(newTenant(), ({ id }, tx) => rotation.createFirst(id, SYSTEM_ACTOR, tx));
  return made.tenant;
}

/** Nobody gets in while it is closed, and whoever was in is thrown out. */
async function closeDatabase(): Promise<void> {
  await allowConnections(false);
  const name = new URL(database.url).pathname.slice(1);
  await queryOnce(serverUrl(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, [name]);
}

async function allowConnections(allowed: boolean): Promise<void> {
  const name = new URL(database.url).pathname.slice(1);
  await queryOnce(serverUrl(), `ALTER DATABASE "${name}" WITH ALLOW_CONNECTIONS ${allowed}`);
}

function serverUrl(): string {
  return Object.assign(new URL(database.url), { pathname: '/postgres' }).href;
}

const unavailable = { code: 'unavailable', retryAfterSeconds: 1 };

describe('without the database', () => {
  it('sets in memory are served as they were, however often it looks', async () => {
    const before = await published.bySlug(tenant.slug);
    expect(before).not.toBeNull();
    await closeDatabase();
    for (let look = 1; look <= 3; look += 1) expect(await published.sync()).toBe(false);
    app.clock.advance(3600);
    expect(await published.sync()).toBe(false);
    expect(await published.bySlug(tenant.slug)).toEqual(before);
    expect(await published.byTenant(tenant.id)).toEqual(before);
  });

  it('a tenant that nobody has seen is not denied: that can not be told', async () => {
    const unseen = await createTenantWithKey();
    await closeDatabase();
    await expect(published.bySlug(unseen.slug)).rejects.toMatchObject(unavailable);
    await expect(published.byTenant(unseen.id)).rejects.toMatchObject(unavailable);
    await expect(published.bySlug('nobody')).rejects.toMatchObject(unavailable);
  });

  it('nothing is lost: once it is back, the next look has what changed before', async () => {
    const { kid } = await app.get(KeyRotation).rotate(tenant.id, {}, SYSTEM_ACTOR);
    const unseen = await createTenantWithKey();
    await closeDatabase();
    await published.sync();
    app.clock.advance(3600);
    await published.sync();
    await allowConnections(true);
    expect(await published.sync()).toBe(true);
    expect((await published.bySlug(tenant.slug))?.body).toContain(kid);
    expect(await published.bySlug(unseen.slug)).not.toBeNull();
    expect(await published.bySlug('nobody')).toBeNull();
  });
});

const kidOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;
const sign = () => app.get(Signer).sign(tenant.id, { sub: 'mia' });

describe('signing without the database', () => {
  it('goes on with the key in memory', async () => {
    const before = await sign();
    await closeDatabase();
    await published.sync();
    expect(kidOf(await sign())).toBe(kidOf(before));
  });

  it('with a key that is not in memory is refused as unavailable, and works once it is back', async () => {
    await closeDatabase();
    await expect(sign()).rejects.toMatchObject(unavailable);
    await allowConnections(true);
    expect(kidOf(await sign())).toBe((await published.byTenant(tenant.id))?.active?.kid);
  });

  it('goes on for as long as the outage lasts', async () => {
    const before = await sign();
    await closeDatabase();
    app.clock.advance(86_400);
    expect(kidOf(await sign())).toBe(kidOf(before));
  });

  it('is written down afterwards: no use is lost', async () => {
    await sign();
    const used = app.clock.now();
    await closeDatabase();
    await expect(app.get(Signer).flushUses()).rejects.toThrow();
    app.clock.advance(60);
    await sign();
    await allowConnections(true);
    await app.get(Signer).flushUses();
    expect(await app.get(SigningKeyStore).list(tenant.id)).toMatchObject([
      { firstUsedAt: used, lastUsedAt: app.clock.now() },
    ]);
  });
});

describe('a thousand unknown slugs at once', () => {
  it('cost the database two looks, and are all told that they are unknown', async () => {
    const query = vi.spyOn(ScopedDatabase.prototype, 'query');
    const slugs = Array.from({ length: 1000 }, (_, index) => `nobody-${index}`);
    const found = await Promise.all(slugs.map((slug) => published.bySlug(slug)));
    expect(new Set(found)).toEqual(new Set([null]));
    expect(query.mock.calls.length).toBeGreaterThan(0);
    expect(query.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it('keep nobody from a slug that is known', async () => {
    const query = vi.spyOn(ScopedDatabase.prototype, 'query');
    for (let count = 1; count <= 1000; count += 1) await published.bySlug(tenant.slug);
    expect(query).not.toHaveBeenCalled();
  });
});

it('a process that starts with tenants in the database needs no look of its own for their sets', async () => {
  await using second = await startTestApp({
    databaseUrl: database.url,
    imports: [SigningKeysModule],
    keyring: app.keyring,
    clock: app.clock,
  });
  await closeDatabase();
  expect(await second.get(PublishedKeys).bySlug(tenant.slug)).toEqual(await published.bySlug(tenant.slug));
});
