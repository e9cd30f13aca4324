import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantId } from '#libs/database';
import {
  createTestDatabase,
  type HttpServer,
  json,
  newTenant,
  startHttpServer,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Tenants } from '#libs/tenants';
import { TrustedKeys, TrustedKeysModule, type TrustSource } from './index.js';

/** Two processes over one database, at one time. */
let database: TestDatabase;
let server: HttpServer;
let app: TestApp;
let other: TestApp;
let keys: TrustedKeys;
let otherKeys: TrustedKeys;
let tenantId: TenantId;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startHttpServer();
  app = await startTestApp({ databaseUrl: database.url, imports: [TrustedKeysModule] });
  other = await startTestApp({ databaseUrl: database.url, imports: [TrustedKeysModule], clock: app.clock });
  keys = app.get(TrustedKeys);
  otherKeys = other.get(TrustedKeys);
});
beforeEach(async () => {
  tenantId = await register({ jwksUri: `${server.origin}/jwks` });
  server.answerWith(jwks('k1'));
});
afterAll(async () => {
  await app?.close();
  await other?.close();
  await server?.close();
  await database?.drop();
});

async function register(source: TrustSource): Promise<TenantId> {
  const { tenant } = await app.get(Tenants).create(newTenant(), ({ id }, tx) => keys.register(id, source, tx));
  return tenant.id;
}

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const set = (...kids: string[]) => ({ keys: kids.map((kid) => ({ ...publicKey.export({ format: 'jwk' }), kid })) });
const jwks = (...kids: string[]) => json(200, set(...kids));
const down = json(503, {});
const find = async (kid: string, by = keys) => (await by.find(tenantId, kid))?.kid ?? null;
const asked = () => server.requests.map(({ url }) => url);
const change = (source: TrustSource, by = app) =>
  by.database.transaction((tx) => by.get(TrustedKeys).register(tenantId, source, tx));

/** Requests wait at the server until they are let through. */
function gate() {
  const held: (() => void)[] = [];
  return {
    held,
    hold: (kids: string[]) =>
      server.answerWith((request, response) => held.push(() => jwks(...kids)(request, response))),
    open: () => held.splice(0).forEach((answer) => answer()),
  };
}

describe('over all processes', () => {
  it('50 first uses of a source at once cost one fetch, and each finds its key', async () => {
    const found = await Promise.all(Array.from({ length: 50 }, (_, at) => find('k1', at % 2 ? keys : otherKeys)));
    expect(found).toEqual(Array.from({ length: 50 }, () => 'k1'));
    expect(asked()).toHaveLength(1);
  });

  it.each([
    ['works', jwks('k1'), 2],
    ['is down', down, 6],
  ])('10,000 random kids in a minute cost few fetches while the source %s', async (_, answer, most) => {
    await find('k1');
    server.answerWith(answer);
    for (let second = 0; second < 60; second += 1) {
      app.clock.advance(1);
      const kids = Array.from({ length: 167 }, (_unused, at) => `random-${second}-${at}`);
      await Promise.allSettled(kids.map((kid, at) => find(kid, at % 2 ? keys : otherKeys)));
    }
    expect(asked().length).toBeGreaterThan(0);
    expect(asked().length).toBeLessThanOrEqual(most);
  });

  it('who does not fetch waits for who does, instead of refusing the token', async () => {
    const { hold, open, held } = gate();
    hold(['k1']);
    const first = find('k1');
    await expect.poll(() => held).toHaveLength(1);
    const second = find('k1', otherKeys);
    open();
    expect([await first, await second]).toEqual(['k1', 'k1']);
    expect(asked()).toHaveLength(1);
  });

  it('a fetch whose process died is taken over when its time is up', async () => {
    await app.database.query(
      `UPDATE trusted_key_sets SET attempted_at = $2, fetching_until = $3 WHERE tenant_id = $1`,
      [tenantId, app.clock.now(), app.clock.in(8)],
    );
    const found = find('k1');
    app.clock.advance(8);
    expect(await found).toBe('k1');
    expect(asked()).toHaveLength(1);
  });

  it('a failure is known to the others: they ask no sooner', async () => {
    server.answerWith(down);
    await expect(find('k1')).rejects.toMatchObject({ retryAfterSeconds: 30 });
    app.clock.advance(29);
    await expect(find('k1', otherKeys)).rejects.toMatchObject({ retryAfterSeconds: 1 });
    expect(asked()).toHaveLength(1);
  });
});

describe('a change of the source', () => {
  it('is felt by the others within a second', async () => {
    await find('k1', otherKeys);
    await change({ jwks: set('k2') });
    app.clock.advance(1);
    expect([await find('k1', otherKeys), await find('k2', otherKeys)]).toEqual([null, 'k2']);
  });

  it('is felt at once by the process that made it', async () => {
    await find('k1');
    await change({ jwks: set('k2') });
    keys.forget(tenantId);
    expect([await find('k1'), await find('k2')]).toEqual([null, 'k2']);
  });

  it('is felt within a second of a look while it was not committed yet', async () => {
    await find('k1');
    await app.database.transaction(async (tx) => {
      await keys.register(tenantId, { jwks: set('k2') }, tx);
      expect(await find('k1')).toBe('k1');
    });
    app.clock.advance(1);
    expect(await find('k1')).toBeNull();
  });

  it('drops the answer of the source that was there before', async () => {
    const { hold, open, held } = gate();
    hold(['old']);
    const before = find('old').catch((error: unknown) => error);
    await expect.poll(() => held).toHaveLength(1);
    await change({ jwksUri: `${server.origin}/new` });
    open();
    expect(await before).toMatchObject({ code: 'temporarily_unavailable' });
    server.answerWith(jwks('new'));
    expect([await find('new'), await find('old')]).toEqual(['new', null]);
    expect(asked()).toEqual(['/new']);
    expect((await keys.status(tenantId)).keys.map(({ kid }) => kid)).toEqual(['new']);
  });
});

describe('a refresh', () => {
  it('fetches past the cooldown, and forgets keys that left', async () => {
    await find('k1');
    server.answerWith(jwks('k2'));
    await keys.refresh(tenantId);
    expect([await find('k1'), await find('k2')]).toEqual([null, 'k2']);
    app.clock.advance(1);
    expect(await find('k1', otherKeys)).toBeNull();
  });

  it('keeps what there is when it fails, and says why', async () => {
    await find('k1');
    server.answerWith(down);
    await keys.refresh(tenantId);
    expect(await find('k1')).toBe('k1');
    expect(await keys.status(tenantId)).toMatchObject({
      health: 'failing',
      stale: true,
      lastError: expect.stringContaining('503'),
    });
  });

  it('is not answered by a fetch that began before it, in whichever process', async () => {
    const { hold, open, held } = gate();
    hold(['k1']);
    const earlier = find('k1');
    await expect.poll(() => held).toHaveLength(1);
    const refreshed = Promise.all([keys.refresh(tenantId), otherKeys.refresh(tenantId)]);
    open();
    await earlier;
    await expect.poll(() => held).toHaveLength(1);
    open();
    await expect.poll(() => held).toHaveLength(1);
    open();
    await refreshed;
    expect(asked()).toHaveLength(3);
  });

  it('is not answered by a refresh that began before it', async () => {
    const { hold, open, held } = gate();
    hold(['k1']);
    const earlier = keys.refresh(tenantId);
    await expect.poll(() => held).toHaveLength(1);
    const later = keys.refresh(tenantId);
    open();
    await earlier;
    await expect.poll(() => held).toHaveLength(1);
    open();
    await later;
    expect(asked()).toHaveLength(2);
  });

  it('is shared by all in a process who asked before it began', async () => {
    const { hold, open, held } = gate();
    hold(['k1']);
    const earlier = find('k1');
    await expect.poll(() => held).toHaveLength(1);
    const refreshed = Promise.all(Array.from({ length: 20 }, () => keys.refresh(tenantId)));
    // Behind theirs in the queue for connections: by its end all of them have read their row, and wait.
    await keys.status(tenantId);
    open();
    await earlier;
    await expect.poll(() => held).toHaveLength(1);
    open();
    await refreshed;
    expect(asked()).toHaveLength(2);
  });

  it('fetches nothing where all keys are uploaded', async () => {
    await change({ jwks: set('k2') });
    await keys.refresh(tenantId);
    expect(asked()).toEqual([]);
  });
});
