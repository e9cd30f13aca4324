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

let database: TestDatabase;
let server: HttpServer;
let app: TestApp;
let keys: TrustedKeys;
let tenantId: TenantId;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startHttpServer();
  app = await startTestApp({ databaseUrl: database.url, imports: [TrustedKeysModule] });
  keys = app.get(TrustedKeys);
});
beforeEach(async () => {
  tenantId = await register({ jwksUri: `${server.origin}/jwks` });
  server.answerWith(jwks('k1'));
});
afterAll(async () => {
  await app?.close();
  await server?.close();
  await database?.drop();
});

async function register(source: TrustSource): Promise<TenantId> {
  const made = await app
    .get(Tenants)
    .create(newTenant(), (tenant, tx) => app.get(TrustedKeys).register(tenant.id, source, tx));
  return made.tenant.id;
}

const key = (kid: string) => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
  kid,
});
const jwks = (...kids: string[]) => json(200, { keys: kids.map(key) });
const down = json(503, {});
const find = async (kid: string, by = keys) => (await by.find(tenantId, kid))?.kid ?? null;
const asked = () => server.requests.length;
const unavailable = { code: 'temporarily_unavailable' };

describe('keys that were uploaded', () => {
  it('are found by kid without a fetch, and do not age', async () => {
    tenantId = await register({ jwks: { keys: [key('k1')] } });
    expect([await find('k1'), await find('k2')]).toEqual(['k1', null]);
    app.clock.advance(365 * 86_400);
    expect(await find('k1')).toBe('k1');
    expect(asked()).toBe(0);
  });

  it('are refused, with the tenant, when one of them is private', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const secret = { ...privateKey.export({ format: 'jwk' }), kid: 'k1' };
    const before = await app.database.query(`SELECT id FROM tenants`);
    await expect(register({ jwks: { keys: [secret] } })).rejects.toMatchObject({
      code: 'invalid',
      source: { pointer: '/trust/jwks' },
    });
    expect(await app.database.query(`SELECT id FROM tenants`)).toHaveLength(before.length);
  });
});

describe('uploaded keys beside a URL', () => {
  it('win over fetched ones of the same kid, and leave the others to the URL', async () => {
    const own = key('k1');
    tenantId = await register({ jwksUri: `${server.origin}/jwks`, jwks: { keys: [own] } });
    server.answerWith(jwks('k1', 'k2'));
    expect(await find('k2')).toBe('k2');
    expect((await keys.find(tenantId, 'k1'))?.jwk).toEqual(own);
    expect((await keys.status(tenantId)).keys).toMatchObject([
      { kid: 'k1', source: 'uploaded' },
      { kid: 'k2', source: 'url' },
    ]);
  });

  it('verify without a fetch, however long the URL fails', async () => {
    tenantId = await register({ jwksUri: `${server.origin}/jwks`, jwks: { keys: [key('k1')] } });
    server.answerWith(down);
    expect(await find('k1')).toBe('k1');
    expect(asked()).toBe(0);
    await expect(find('k2')).rejects.toMatchObject(unavailable);
    app.clock.advance(365 * 86_400);
    expect(await find('k1')).toBe('k1');
    expect(await keys.status(tenantId)).toMatchObject({ health: 'failing', stale: true });
  });

  it('may come and go while the fetched ones stay as they are', async () => {
    await find('k1');
    server.answerWith(down);
    const both = { jwksUri: `${server.origin}/jwks`, jwks: { keys: [key('k2')] } };
    await app.database.transaction((tx) => keys.register(tenantId, both, tx));
    keys.forget(tenantId);
    expect([await find('k1'), await find('k2'), asked()]).toEqual(['k1', 'k2', 0]);
  });
});

describe('the status', () => {
  it.each<[string, () => Promise<TrustSource>, object]>([
    [
      'uploaded keys',
      async () => ({ jwks: { keys: [key('k1'), { ...key('k2'), use: 'enc' }] } }),
      {
        jwksUri: null,
        uploaded: true,
        health: 'uploaded',
        stale: false,
        staleUntil: null,
        keys: [{ kid: 'k1', alg: null, kty: 'EC', source: 'uploaded', lastUsedAt: null }],
        ignored: [{ kid: 'k2', reason: 'Its use is "enc", not "sig".' }],
      },
    ],
    [
      'a URL that nobody needed yet',
      async () => ({ jwksUri: `${server.origin}/jwks` }),
      { uploaded: false, health: 'not_fetched', stale: true, fetchedAt: null, lastAttemptAt: null, keys: [] },
    ],
  ])('describes %s', async (_, source, status) => {
    tenantId = await register(await source());
    expect(await keys.status(tenantId)).toMatchObject(status);
  });

  it('describes a URL that works, and keys that are ignored there', async () => {
    server.answerWith(json(200, { keys: [key('k1'), { ...key('k2'), alg: 'none' }] }));
    const at = app.clock.now();
    await find('k1');
    const ok = {
      jwksUri: `${server.origin}/jwks`,
      health: 'ok',
      stale: false,
      fetchedAt: at,
      freshUntil: app.clock.in(300),
      staleUntil: app.clock.in(86_400),
      lastError: null,
      lastAttemptAt: at,
      failures: 0,
      keys: [{ kid: 'k1', source: 'url', firstSeenAt: at }],
      ignored: [{ kid: 'k2', reason: expect.stringContaining('Its alg "none" is not supported') }],
    };
    expect(await keys.status(tenantId)).toMatchObject(ok);
    app.clock.advance(300);
    expect(await keys.status(tenantId)).toMatchObject({ health: 'ok', stale: true });
  });
});

describe('keys at a URL', () => {
  it('are fetched at first use and then kept for five minutes', async () => {
    expect(await find('k1')).toBe('k1');
    app.clock.advance(299);
    expect(await find('k1')).toBe('k1');
    expect(asked()).toBe(1);
    app.clock.advance(1);
    expect(await find('k1')).toBe('k1');
    expect(asked()).toBe(2);
  });

  it('are fetched again for a kid that is not among them: a new key works at once', async () => {
    await find('k1');
    app.clock.advance(30);
    server.answerWith(jwks('k1', 'k2'));
    expect(await find('k2')).toBe('k2');
  });

  it('are forgotten once the tenant has taken them down', async () => {
    await find('k1');
    app.clock.advance(300);
    server.answerWith(jwks('k2'));
    expect(await find('k1')).toBeNull();
  });

  it('cost one fetch in 30 seconds, however many unknown kids are brought', async () => {
    await find('k1');
    app.clock.advance(30);
    for (let count = 0; count < 20; count += 1) expect(await find(`unknown-${count}`)).toBeNull();
    expect(asked()).toBe(2);
    app.clock.advance(29);
    await find('unknown');
    expect(asked()).toBe(2);
    app.clock.advance(1);
    await find('unknown');
    expect(asked()).toBe(3);
  });

  it('are there for a new process without a fetch', async () => {
    await find('k1');
    await using restarted = await startTestApp({
      databaseUrl: database.url,
      imports: [TrustedKeysModule],
      clock: app.clock,
    });
    expect(await find('k1', restarted.get(TrustedKeys))).toBe('k1');
    expect(asked()).toBe(1);
  });

  it("are each tenant's own", async () => {
    await find('k1');
    const other = await register({ jwks: { keys: [key('k2')] } });
    expect(await keys.find(other, 'k1')).toBeNull();
    expect(await find('k2')).toBeNull();
  });
});

describe('keys that are to be forgotten', () => {
  it('are used no more at once, though their source is down and they would have stood in for it', async () => {
    await find('k1');
    server.answerWith(down);
    await keys.forgetFetched(tenantId);
    await expect(find('k1')).rejects.toMatchObject(unavailable);
  });

  it('are fetched again at the next use where their source answers', async () => {
    await find('k1');
    await keys.forgetFetched(tenantId);
    expect(await find('k1')).toBe('k1');
  });
});

describe('a URL that answers no usable keys', () => {
  it('keeps known keys good for a day, and then no longer', async () => {
    await find('k1');
    server.answerWith(down);
    app.clock.advance(86_400);
    expect(await find('k1')).toBe('k1');
    expect(asked()).toBe(1);
    app.clock.advance(1);
    await expect(find('k1')).rejects.toMatchObject(unavailable);
  });

  it('makes an unknown kid a matter of trying later, not of a wrong token', async () => {
    await find('k1');
    app.clock.advance(30);
    server.answerWith(down);
    await expect(find('k2')).rejects.toMatchObject({ ...unavailable, retryAfterSeconds: 30 });
  });

  it('is asked once in 30 seconds while it is down, and is back with the next fetch', async () => {
    server.answerWith(down);
    for (let count = 0; count < 5; count += 1) await expect(find('k1')).rejects.toMatchObject(unavailable);
    expect(asked()).toBe(1);
    server.answerWith(jwks('k1'));
    app.clock.advance(30);
    expect(await find('k1')).toBe('k1');
    expect((await keys.status(tenantId)).lastError).toBeNull();
  });
});
