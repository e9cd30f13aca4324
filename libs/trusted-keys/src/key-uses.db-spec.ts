import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ScopedDatabase } from '#libs/database';
import { createTestDatabase, newTenant, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { type Tenant, Tenants } from '#libs/tenants';
import { PartnerTokens, TrustedKeys, TrustedKeysModule } from './index.js';
import { TrustedKeySets } from './trusted-key-sets.store.js';

let database: TestDatabase;
let app: TestApp;
let keys: TrustedKeys;
let tenant: Tenant;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [TrustedKeysModule] });
  keys = app.get(TrustedKeys);
});
beforeEach(async () => {
  tenant = await createTenant('k1', 'k2');
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const set = (...kids: string[]) => ({
  keys: kids.map((kid) => ({ ...pair.publicKey.export({ format: 'jwk' }), kid })),
});

async function createTenant(...kids: string[]): Promise<Tenant> {
  const source = { jwks: set(...kids) };
  const made = await app.get(Tenants).create(newTenant(), ({ id }, tx) => keys.register(id, source, tx));
  return made.tenant;
}
const replaceKeys = (...kids: string[]) =>
  app.database.transaction((tx) => keys.register(tenant.id, { jwks: set(...kids) }, tx));

function token({ kid = 'k1', by = pair, sub = 'user-1', of = tenant } = {}): string {
  const iat = Math.floor(app.clock.now().getTime() / 1000);
  const claims = { iss: of.issuer, aud: of.audience, sub, org_id: 'org-1', iat, exp: iat + 300 };
  const [header, payload] = [{ alg: 'ES256', kid }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const input = `${header}.${payload}`;
  const signature = sign('sha256', Buffer.from(input), { key: by.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}
const verify = (text: string, of = tenant, by = app) => by.get(PartnerTokens).verify(of, text);
const seen = async () =>
  (await keys.status(tenant.id)).keys.map(({ kid, firstSeenAt, lastUsedAt }) => [kid, firstSeenAt, lastUsedAt]);

describe('a key', () => {
  it('is first seen when it enters the set, and used when it verifies a signature', async () => {
    const first = app.clock.now();
    app.clock.advance(60);
    await verify(token());
    const used = app.clock.now();
    await replaceKeys('k1', 'k2', 'k3');
    expect(await seen()).toEqual([
      ['k1', first, used],
      ['k2', first, null],
      ['k3', used, null],
    ]);
  });

  it('is used by a token that is refused for its claims, not by one that is refused for its signature', async () => {
    await expect(verify(token({ sub: '' }))).rejects.toMatchObject({ reason: 'claims' });
    await expect(verify(token({ kid: 'k2', by: stranger }))).rejects.toMatchObject({ reason: 'signature' });
    expect(await seen()).toMatchObject([
      ['k1', expect.any(Date), app.clock.now()],
      ['k2', expect.any(Date), null],
    ]);
  });

  it('is not used by an explanation', async () => {
    await app.get(PartnerTokens).explain(tenant, token());
    expect((await seen())[0]).toEqual(['k1', expect.any(Date), null]);
  });

  it('is forgotten when it leaves the set, though a use of it is still to be written', async () => {
    await verify(token());
    await replaceKeys('k2');
    await keys.flushUses();
    expect((await seen()).map(([kid]) => kid)).toEqual(['k2']);
    const back = app.clock.in(60);
    app.clock.advance(60);
    await replaceKeys('k1', 'k2');
    expect((await seen())[0]).toEqual(['k1', back, null]);
  });
});

describe('the flush of uses', () => {
  it('takes two statements for all tenants, and none when there is nothing to write', async () => {
    for (const of of await Promise.all(Array.from({ length: 10 }, () => createTenant('k1'))))
      await verify(token({ of }), of);
    const queries = vi.spyOn(ScopedDatabase.prototype, 'query');
    await Promise.all([keys.flushUses(), keys.flushUses()]);
    expect(queries).toHaveBeenCalledTimes(2);
    await keys.flushUses();
    expect(queries).toHaveBeenCalledTimes(2);
    queries.mockRestore();
  });

  it('never puts an earlier use in the place of a later', async () => {
    await using other = await startTestApp({
      databaseUrl: database.url,
      imports: [TrustedKeysModule],
      clock: app.clock,
    });
    await verify(token(), tenant, other);
    app.clock.advance(10);
    await verify(token());
    const later = app.clock.now();
    await keys.flushUses();
    await other.get(TrustedKeys).flushUses();
    expect((await seen())[0]?.[2]).toEqual(later);
  });

  it('that failed is made up for by the next, without an error', async () => {
    await verify(token());
    const used = app.clock.now();
    const storing = vi.spyOn(app.get(TrustedKeySets), 'storeUses').mockRejectedValueOnce(new Error('database away'));
    await keys.flushUses();
    storing.mockRestore();
    expect((await seen())[0]?.[2]).toEqual(used);
  });

  it('is made at shutdown', async () => {
    const leaving = await startTestApp({ databaseUrl: database.url, imports: [TrustedKeysModule], clock: app.clock });
    await verify(token(), tenant, leaving);
    const used = app.clock.now();
    await leaving.close();
    expect((await seen())[0]?.[2]).toEqual(used);
  });
});

describe('a signature check', () => {
  it('asks the database once a second, however many tokens there are', async () => {
    await verify(token());
    const queries = vi.spyOn(ScopedDatabase.prototype, 'query');
    for (let second = 0; second < 3; second += 1) {
      app.clock.advance(1);
      await Promise.all(Array.from({ length: 30 }, () => verify(token())));
      for (let count = 0; count < 5; count += 1) await verify(token());
    }
    expect(queries).toHaveBeenCalledTimes(3);
    queries.mockRestore();
  });
});
