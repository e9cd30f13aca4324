import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '#libs/audit';
import type { TenantId } from '#libs/database';
import { PLATFORM, Tenants } from '#libs/tenants';
import {
  createTenant,
  createTestDatabase,
  newTenant,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Vault } from '#libs/vault';
import { KeyRotation, SigningKeysModule, SigningKeyStore, type SigningKey } from './index.js';
import { privateHalf } from './signing-keys.store.js';

const DAY = 86_400;
const ADA: Actor = { name: 'ada', address: '192.0.2.7' };

let database: TestDatabase;
let app: TestApp;
let rotation: KeyRotation;
let store: SigningKeyStore;
let tenantId: TenantId;
let first: string;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [SigningKeysModule] });
  rotation = app.get(KeyRotation);
  store = app.get(SigningKeyStore);
});
beforeEach(async () => {
  await app.database.query(`DELETE FROM tenants WHERE id <> $1`, [PLATFORM]);
  tenantId = await createTenantWithKey();
  [first] = (await kids('active')) as [string];
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

async function createTenantWithKey(): Promise<TenantId> {
  const { tenant } = await app.get(Tenants).create(newTenant(), ({ id }, tx) => rotation.createFirst(id, ADA, tx));
  return tenant.id;
}

async function byKid(kid: string): Promise<SigningKey> {
  const key = (await store.list(tenantId)).find((candidate) => candidate.kid === kid);
  if (!key) throw new Error(`There is no key ${kid}.`);
  return key;
}

async function kids(...states: string[]): Promise<string[]> {
  return (await store.list(tenantId)).filter(({ state }) => states.includes(state)).map(({ kid }) => kid);
}

async function runDueAfter(seconds: number): Promise<void> {
  app.clock.advance(seconds);
  await rotation.runDue();
}

async function hasPrivateHalf(kid: string): Promise<boolean> {
  return (await app.get(Vault).get(tenantId, privateHalf(kid))) !== null;
}

const dueAt = async () => (await store.policy(tenantId)).dueAt;

describe('the first key of a tenant', () => {
  it('signs at once, by ES256', async () => {
    expect(await store.list(tenantId)).toMatchObject([
      {
        state: 'active',
        alg: 'ES256',
        activatesAt: app.clock.now(),
        retiresAt: null,
        revokedAt: null,
        lastUsedAt: null,
      },
    ]);
  });

  it('is made once', async () => {
    await app.database.transaction((tx) => rotation.createFirst(tenantId, ADA, tx));
    expect(await store.list(tenantId)).toHaveLength(1);
  });

  it('is gone with the transaction that it was made in', async () => {
    const { id } = await createTenant(app);
    const failing = app.database.transaction(async (tx) => {
      await rotation.createFirst(id, ADA, tx);
      throw new Error('Changed nothing.');
    });
    await expect(failing).rejects.toThrow('Changed nothing.');
    expect(await store.list(id)).toEqual([]);
    expect(await app.database.query(`SELECT * FROM vault_secrets WHERE tenant_id = $1`, [id])).toEqual([]);
  });

  it('of Gatehouse itself is there when the first process has started, and no other process makes one more', async () => {
    const before = await store.list(PLATFORM);
    expect(before).toMatchObject([{ state: 'active' }]);
    const options = { databaseUrl: database.url, imports: [SigningKeysModule], keyring: app.keyring };
    await using second = await startTestApp(options);
    expect(await second.get(SigningKeyStore).list(PLATFORM)).toEqual(before);
  });
});

describe('a planned rotation', () => {
  it('publishes the key first, then signs with it, then takes the old one down: each on its second', async () => {
    const { kid } = await rotation.rotate(tenantId, {}, ADA);
    expect(await byKid(kid)).toMatchObject({ state: 'pending', activatesAt: app.clock.in(3900) });
    await runDueAfter(3899);
    expect(await kids('active')).toEqual([first]);
    await runDueAfter(1);
    expect(await kids('active')).toEqual([kid]);
    expect(await byKid(first)).toMatchObject({ state: 'retiring', retiresAt: app.clock.in(7 * DAY) });
    await runDueAfter(7 * DAY - 1);
    expect(await kids('retiring')).toEqual([first]);
    await runDueAfter(1);
    expect(await byKid(first)).toMatchObject({ state: 'revoked', revokedAt: app.clock.now() });
    expect(await kids('active')).toEqual([kid]);
  });

  it('keeps the private half for as long as the key may sign, and not a commit longer', async () => {
    const { kid } = await rotation.rotate(tenantId, {}, ADA);
    expect([await hasPrivateHalf(first), await hasPrivateHalf(kid)]).toEqual([true, true]);
    await runDueAfter(3900);
    expect(await kids('retiring')).toEqual([first]);
    expect([await hasPrivateHalf(first), await hasPrivateHalf(kid)]).toEqual([false, true]);
    await rotation.revoke(tenantId, kid, ADA);
    expect(await hasPrivateHalf(kid)).toBe(false);
    const kept = await app.database.query<{ row_id: string }>(`SELECT row_id FROM vault_secrets WHERE tenant_id = $1`, [
      tenantId,
    ]);
    expect(kept.map(({ row_id }) => row_id)).toEqual(await kids('active'));
  });

  it('with no lead signs at once', async () => {
    const { kid, state } = await rotation.rotate(tenantId, { activateAfterSeconds: 0 }, ADA);
    expect(state).toBe('active');
    expect(await byKid(kid)).toMatchObject({ state: 'active', activatesAt: app.clock.now() });
    expect(await kids('retiring')).toEqual([first]);
  });

  it('with neither lead nor overlap takes the old key down at once', async () => {
    await rotation.rotate(tenantId, { activateAfterSeconds: 0, overlapSeconds: 0 }, ADA);
    expect(await byKid(first)).toMatchObject({ state: 'revoked', revokedAt: app.clock.now() });
  });

  it('keeps the overlap that it was asked for, whatever the policy says by then', async () => {
    await rotation.rotate(tenantId, { overlapSeconds: 60 }, ADA);
    await rotation.setPolicy(tenantId, { overlapSeconds: 5000, activateAfterSeconds: 1 }, ADA);
    await runDueAfter(3900);
    expect(await byKid(first)).toMatchObject({ state: 'retiring', retiresAt: app.clock.in(60) });
  });

  it('that no worker saw in time is made up for in its order: the key that was to come last signs', async () => {
    const later = await rotation.rotate(tenantId, { activateAfterSeconds: 200, overlapSeconds: 20 }, ADA);
    const sooner = await rotation.rotate(tenantId, { activateAfterSeconds: 100, overlapSeconds: 10 }, ADA);
    await runDueAfter(1000);
    expect(await kids('active')).toEqual([later.kid]);
    expect(await byKid(first)).toMatchObject({ state: 'retiring', retiresAt: app.clock.in(10) });
    expect(await byKid(sooner.kid)).toMatchObject({ state: 'retiring', retiresAt: app.clock.in(20) });
  });

  it('stops at 20 published keys with a conflict that says what to do, and goes on after a revocation', async () => {
    for (let count = 1; count < 20; count += 1) await rotation.rotate(tenantId, {}, ADA);
    const before = await store.list(tenantId);
    await expect(rotation.rotate(tenantId, {}, ADA)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('revoke'),
    });
    expect(await store.list(tenantId)).toEqual(before);
    await rotation.revoke(tenantId, before.at(-1)?.kid ?? '', ADA);
    await expect(rotation.rotate(tenantId, {}, ADA)).resolves.toMatchObject({ state: 'pending' });
  });
});

describe('revoking', () => {
  it('the active key lets the pending one that has been published longest sign at once', async () => {
    const { kid } = await rotation.rotate(tenantId, { activateAfterSeconds: 200 }, ADA);
    app.clock.advance(1);
    await rotation.rotate(tenantId, { activateAfterSeconds: 100 }, ADA);
    const revoked = await rotation.revoke(tenantId, first, ADA);
    expect(revoked).toMatchObject({ kid: first, state: 'revoked', revokedAt: app.clock.now() });
    expect(await kids('active')).toEqual([kid]);
    expect(await byKid(kid)).toMatchObject({ activatesAt: app.clock.now() });
    expect(await kids('pending')).toHaveLength(1);
  });

  it('the active key with none pending makes a new one, of the algorithm of the policy, that signs at once', async () => {
    await rotation.setPolicy(tenantId, { alg: 'EdDSA' }, ADA);
    await rotation.revoke(tenantId, first, ADA);
    const [active] = await kids('active');
    expect(active).not.toBe(first);
    expect(await byKid(active ?? '')).toMatchObject({ alg: 'EdDSA', activatesAt: app.clock.now() });
    expect(await hasPrivateHalf(active ?? '')).toBe(true);
  });

  it.each(['pending', 'retiring'])('a %s key leaves the active one as it is', async (state) => {
    const { kid } = await rotation.rotate(tenantId, {}, ADA);
    if (state === 'retiring') await runDueAfter(3900);
    const [active] = await kids('active');
    await rotation.revoke(tenantId, state === 'pending' ? kid : first, ADA);
    expect(await kids('active')).toEqual([active]);
    expect(await kids('pending', 'retiring')).toEqual([]);
  });

  it('a key once more changes nothing', async () => {
    const once = await rotation.revoke(tenantId, first, ADA);
    const before = await store.list(tenantId);
    app.clock.advance(60);
    expect(await rotation.revoke(tenantId, first, ADA)).toMatchObject({ revokedAt: once.revokedAt });
    expect(await store.list(tenantId)).toEqual(before);
  });

  it("an unknown key or another tenant's is not found, and changes nothing", async () => {
    const other = await createTenantWithKey();
    const before = await store.list(tenantId);
    for (const [owner, kid] of [
      [tenantId, 'unknown'],
      [other, first],
    ] as const) {
      await expect(rotation.revoke(owner, kid, ADA)).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await store.list(tenantId)).toEqual(before);
  });

  it('ends the schedule of a key that was to come: nothing of it is due any more', async () => {
    const { kid } = await rotation.rotate(tenantId, { activateAfterSeconds: 100 }, ADA);
    await rotation.revoke(tenantId, kid, ADA);
    await runDueAfter(100);
    expect(await kids('active')).toEqual([first]);
    expect(await dueAt()).toEqual(app.clock.in(90 * DAY - 3900 - 100));
  });
});
