import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import jsonwebtoken from 'jsonwebtoken';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SYSTEM_ACTOR } from '#libs/audit';
import { ScopedDatabase, type TenantId, Wakeups } from '#libs/database';
import { Tenants } from '#libs/tenants';
import { createTestDatabase, newTenant, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { Vault } from '#libs/vault';
import {
  KeyRotation,
  PublishedKeys,
  type SigningAlgorithm,
  Signer,
  SigningKeysModule,
  SigningKeyStore,
} from './index.js';
import { privateHalf } from './signing-keys.store.js';

let database: TestDatabase;
let app: TestApp;
let other: TestApp;
let signer: Signer;
let tenantId: TenantId;

/** `app` signs; `other` is a second process, which changes the keys behind its back: no wake-up arrives. */
beforeAll(async () => {
  vi.spyOn(Wakeups.prototype, 'onApplicationBootstrap').mockResolvedValue();
  database = await createTestDatabase();
  const options = { databaseUrl: database.url, imports: [SigningKeysModule] };
  app = await startTestApp(options);
  other = await startTestApp({ ...options, clock: app.clock, keyring: app.keyring });
  vi.restoreAllMocks();
  signer = app.get(Signer);
});
beforeEach(async () => {
  tenantId = await createTenantWithKey();
  await app.get(PublishedKeys).sync();
});
afterAll(async () => {
  await other?.close();
  await app?.close();
  await database?.drop();
});

async function createTenantWithKey(): Promise<TenantId> {
  return (
    await other
      .get(Tenants)
      .create(newTenant(), ({ id }, tx) => other.get(KeyRotation).createFirst(id, SYSTEM_ACTOR, tx))
  ).tenant.id;
}

const sync = () => app.get(PublishedKeys).sync();
const list = () => app.get(SigningKeyStore).list(tenantId);
const sign = () => signer.sign(tenantId, { sub: 'mia', org_id: 'org-1' });
const rotateAtOnce = (alg: SigningAlgorithm = 'ES256') =>
  other.get(KeyRotation).rotate(tenantId, { alg, activateAfterSeconds: 0 }, SYSTEM_ACTOR);

/** As a stranger finds it: in the JWKS of another process, by the `kid` of the header. */
async function keyFor(token: string): Promise<KeyObject> {
  await other.get(PublishedKeys).sync();
  const { keys } = JSON.parse((await other.get(PublishedKeys).byTenant(tenantId))?.body ?? '') as {
    keys: Record<string, string>[];
  };
  const jwk = keys.find(({ kid }) => kid === kidOf(token));
  if (!jwk) throw new Error('The key is not published.');
  return createPublicKey({ key: jwk, format: 'jwk' });
}

const headerOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as Record<string, string>;
const kidOf = (token: string) => headerOf(token).kid;

describe('a token', () => {
  it.each(['ES256', 'RS256'] as const)(
    'signed by %s is accepted by jsonwebtoken, with the published key',
    async (alg) => {
      const { kid } = await rotateAtOnce(alg);
      await sync();
      const token = await sign();
      expect(headerOf(token)).toEqual({ alg, kid, typ: 'JWT' });
      const claims = jsonwebtoken.verify(token, await keyFor(token), { algorithms: [alg] });
      expect(claims).toEqual({ sub: 'mia', org_id: 'org-1' });
    },
  );

  it('signed by EdDSA is accepted by node:crypto, and refused with one bit of it changed', async () => {
    const { kid } = await rotateAtOnce('EdDSA');
    await sync();
    const token = await sign();
    expect(headerOf(token)).toEqual({ alg: 'EdDSA', kid, typ: 'JWT' });
    const input = Buffer.from(token.slice(0, token.lastIndexOf('.')));
    const signature = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
    expect(verify(null, input, await keyFor(token), signature)).toBe(true);
    signature[0] = (signature[0] ?? 0) ^ 1;
    expect(verify(null, input, await keyFor(token), signature)).toBe(false);
  });

  it("is never signed by another tenant's key", async () => {
    const mine = kidOf(await sign());
    tenantId = await createTenantWithKey();
    expect(kidOf(await sign())).not.toBe(mine);
    expect((await list()).map(({ kid }) => kid)).toEqual([kidOf(await sign())]);
  });

  it('is not signed by a pending key', async () => {
    const before = kidOf(await sign());
    await other.get(KeyRotation).rotate(tenantId, {}, SYSTEM_ACTOR);
    await sync();
    expect(kidOf(await sign())).toBe(before);
  });
});

describe('a key that another process replaced', () => {
  it.each<[string, (kid: string) => Promise<unknown>]>([
    ['revoked', (kid) => other.get(KeyRotation).revoke(tenantId, kid, SYSTEM_ACTOR)],
    ['rotated away', () => rotateAtOnce()],
  ])('signs no more after the next look, though it is in memory: %s', async (_how, replace) => {
    const before = kidOf(await sign());
    await replace(before ?? '');
    await sync();
    const after = await sign();
    expect(kidOf(after)).not.toBe(before);
    jsonwebtoken.verify(after, await keyFor(after), { algorithms: ['ES256'] });
  });

  it('and that is not in memory costs no failure: its successor signs at once', async () => {
    const [old] = await list();
    await other.get(KeyRotation).revoke(tenantId, old?.kid ?? '', SYSTEM_ACTOR);
    const [successor] = (await list()).filter(({ state }) => state === 'active');
    expect(kidOf(await sign())).toBe(successor?.kid);
  });
});

const uses = async () => (await list()).map(({ firstUsedAt, lastUsedAt }) => ({ firstUsedAt, lastUsedAt }));

describe('the uses of a key', () => {
  it('are written down by the next flush: the first, and the last', async () => {
    await sign();
    expect(await uses()).toEqual([{ firstUsedAt: null, lastUsedAt: null }]);
    await signer.flushUses();
    const first = app.clock.now();
    expect(await uses()).toEqual([{ firstUsedAt: first, lastUsedAt: first }]);
    app.clock.advance(60);
    await sign();
    app.clock.advance(60);
    await sign();
    await signer.flushUses();
    expect(await uses()).toEqual([{ firstUsedAt: first, lastUsedAt: app.clock.now() }]);
  });

  it('are of each key by itself', async () => {
    await sign();
    const before = app.clock.now();
    app.clock.advance(60);
    await rotateAtOnce();
    await sync();
    await sign();
    await signer.flushUses();
    expect(await uses()).toEqual([
      { firstUsedAt: before, lastUsedAt: before },
      { firstUsedAt: app.clock.now(), lastUsedAt: app.clock.now() },
    ]);
  });

  it('by two processes end with the latest, whoever writes last', async () => {
    await sign();
    const first = app.clock.now();
    app.clock.advance(60);
    await other.get(PublishedKeys).sync();
    await other.get(Signer).sign(tenantId, {});
    await other.get(Signer).flushUses();
    await signer.flushUses();
    expect((await list())[0]?.lastUsedAt).toEqual(app.clock.now());
    expect((await list())[0]?.firstUsedAt).toEqual(first);
  });
});

describe('what is signed', () => {
  it('reaches no log and no error, whether it can be signed or not', async () => {
    const secret = 'a-secret-claim';
    const logged: unknown[] = [];
    const record = (...parameters: unknown[]) => void logged.push(parameters);
    Logger.overrideLogger({ log: record, error: record, warn: record, debug: record, verbose: record });
    const refusals: unknown[] = [];
    const signSecret = () => signer.sign(tenantId, { secret }).catch((error: unknown) => refusals.push(error));
    await signSecret();
    const [key] = await list();
    await app.get(Vault).forget(tenantId, { kind: 'signing-key', rowId: key?.kid ?? '' });
    // Unused for an hour, it is in memory no more.
    app.clock.advance(3601);
    await signer.flushUses();
    await signSecret();
    vi.spyOn(ScopedDatabase.prototype, 'query').mockRejectedValue(new Error('away'));
    await signSecret();
    vi.restoreAllMocks();
    Logger.overrideLogger(false);
    expect(refusals).toHaveLength(2);
    expect(logged).not.toHaveLength(0);
    expect(inspect([logged, refusals], { depth: 10 })).not.toContain(secret);
  });

  it('is signed by a key whose private half leaves the vault only as itself', async () => {
    const [key] = await list();
    const stored = await app.get(Vault).get(tenantId, privateHalf(key?.kid ?? ''));
    expect(inspect(stored, { depth: 10, showHidden: true })).not.toContain('"d"');
    expect(JSON.stringify(stored)).not.toMatch(/"d":/);
    expect(stored?.value.reveal()).toMatchObject({ d: expect.any(String) });
  });
});
