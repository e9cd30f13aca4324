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

  it.each([
    ['max-age=120', 120],
    ['public, max-age=120', 120],
    ['max-age=1', 60],
    ['max-age=99999999', 86_400],
    ['no-store', 300],
  ])('are kept as "%s" says, within bounds', async (cacheControl, seconds) => {
    server.answerWith(json(200, { keys: [key('k1')] }, { 'cache-control': cacheControl }));
    await find('k1');
    app.clock.advance(seconds - 1);
    await find('k1');
    expect(asked()).toBe(1);
    app.clock.advance(1);
    await find('k1');
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
    expect((await keys.status(tenantId)).set.lastError).toBeNull();
  });

  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { publicKey: weak } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  it.each([
    ['a private key', json(200, { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k1' }] }), 'private'],
    ['a kid twice', json(200, { keys: [key('k1'), key('k1')] }), 'same kid'],
    ['a weak RSA key alone', json(200, { keys: [{ ...weak.export({ format: 'jwk' }), kid: 'k1' }] }), 'None'],
    [
      'no JSON',
      ((_, response) => response.end('<html>')) satisfies Parameters<HttpServer['answerWith']>[0],
      'not JSON',
    ],
    ['a redirect', json(302, {}, { location: '/other' }), '302'],
    ['more than 256 KiB', json(200, { keys: [], filler: 'x'.repeat(300_000) }), 'too large'],
  ])('with %s says so to the operator', async (_, answer, reason) => {
    server.answerWith(answer);
    await expect(find('k1')).rejects.toMatchObject(unavailable);
    expect((await keys.status(tenantId)).set.lastError).toContain(reason);
    expect(asked()).toBe(1);
  });
});
