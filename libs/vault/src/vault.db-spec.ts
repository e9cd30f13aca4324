import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import {
  createTenant,
  createTestDatabase,
  dumpRows,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Vault, VaultModule, type SecretPlace } from './index.js';

const place: SecretPlace = { kind: 'connection', rowId: 'row-1', field: 'credentials' };
let database: TestDatabase;
let app: TestApp;
let vault: Vault;
let tenantId: TenantId;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [VaultModule] });
  vault = app.get(Vault);
});
beforeEach(async () => {
  tenantId = (await createTenant(app)).id;
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const put = (value: unknown, at = place, of = tenantId) => vault.put(of, at, new Secret(value));
const reveal = async (at = place, of = tenantId) => (await vault.get(of, at))?.value.reveal();

describe('a secret', () => {
  it.each([['text'], [''], ['Zürich 🔑'], [null], [0], [{ a: [1, { b: null }] }], ['x'.repeat(100_000)]])(
    'is got as it was put: %j',
    async (value) => {
      await put(value);
      expect(await reveal()).toEqual(value);
    },
  );

  it('is null where nothing was put: another tenant, row, field or kind', async () => {
    const other = (await createTenant(app)).id;
    await put('mine');
    expect(await vault.get(other, place)).toBeNull();
    expect(await vault.get(tenantId, { ...place, rowId: 'row-2' })).toBeNull();
    expect(await vault.get(tenantId, { ...place, field: 'other' })).toBeNull();
    expect(await vault.get(tenantId, { ...place, kind: 'run' })).toBeNull();
  });

  it('gives way to the next one put there, whose version is one higher', async () => {
    await put('first');
    await put('second');
    expect(await vault.get(tenantId, place)).toMatchObject({ version: 2 });
    expect(await reveal()).toBe('second');
  });

  it('prints as [redacted] once it is got', async () => {
    await put('canary');
    expect(JSON.stringify(await vault.get(tenantId, place))).not.toContain('canary');
  });
});

describe('replace', () => {
  it('replaces the version that it names', async () => {
    await put('first');
    expect(await vault.replace(tenantId, place, new Secret('second'), 1)).toBe(true);
    expect(await reveal()).toBe('second');
  });

  it.each([0, 1, 3])('refuses version %i when 2 stands there, and leaves that value', async (version) => {
    await put('first');
    await put('second');
    expect(await vault.replace(tenantId, place, new Secret('lost'), version)).toBe(false);
    expect(await reveal()).toBe('second');
  });

  it('makes nothing where nothing stands', async () => {
    expect(await vault.replace(tenantId, place, new Secret('new'), 0)).toBe(false);
    expect(await vault.get(tenantId, place)).toBeNull();
  });

  it('lets exactly one of 20 that name the same version win', async () => {
    await put('first');
    const won = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => [
        index,
        await vault.replace(tenantId, place, new Secret(index), 1),
      ]),
    );
    const winners = won.filter(([, replaced]) => replaced);
    expect(winners).toHaveLength(1);
    expect(await reveal()).toBe(winners[0]?.[0]);
  });
});

describe('forget', () => {
  it('deletes every field of the row, and nothing of another row, kind or tenant', async () => {
    const other = (await createTenant(app)).id;
    const kept: [TenantId, SecretPlace][] = [
      [tenantId, { ...place, rowId: 'row-2' }],
      [tenantId, { ...place, kind: 'run' }],
      [other, place],
    ];
    await put('gone');
    await put('gone', { ...place, field: 'second' });
    for (const [of, at] of kept) await put('kept', at, of);
    await vault.forget(tenantId, { kind: place.kind, rowId: place.rowId });
    expect([await reveal(), await reveal({ ...place, field: 'second' })]).toEqual([undefined, undefined]);
    for (const [of, at] of kept) expect(await reveal(at, of)).toBe('kept');
  });
});

describe('forget, with a field', () => {
  it('deletes that field and no other', async () => {
    await put('gone');
    await put('kept', { ...place, field: 'second' });
    await vault.forget(tenantId, place);
    expect([await reveal(), await reveal({ ...place, field: 'second' })]).toEqual([undefined, 'kept']);
  });
});

describe("a tenant's seal", () => {
  it('seals what can be stored later in place of the version that it names', async () => {
    await put('first');
    using held = await vault.sealFor(tenantId);
    const sealedValue = held.seal(place, 2, new Secret('second'));
    expect(await vault.replaceSealed(tenantId, place, sealedValue, 1)).toBe(true);
    expect(await vault.get(tenantId, place)).toMatchObject({ version: 2 });
    expect(await reveal()).toBe('second');
    expect(await vault.replaceSealed(tenantId, place, sealedValue, 1)).toBe(false);
  });

  it('seals while the database is away', async () => {
    const away = await createTestDatabase();
    const offline = await startTestApp({ databaseUrl: away.url, imports: [VaultModule] });
    const { id } = await createTenant(offline);
    using held = await offline.get(Vault).sealFor(id);
    await away.drop();
    expect(held.seal(place, 1, new Secret('answer')).sealed.length).toBeGreaterThan(28);
    await offline.close();
  });

  it('opens again as the very version and place it was sealed for, and as no other', async () => {
    using held = await vault.sealFor(tenantId);
    const sealedValue = held.seal(place, 7, new Secret({ token: 'answer' }));
    expect((await vault.openSealed(tenantId, place, 7, sealedValue))?.reveal()).toEqual({ token: 'answer' });
    await expect(vault.openSealed(tenantId, place, 6, sealedValue)).rejects.toThrow('authenticate');
    await expect(vault.openSealed(tenantId, { ...place, rowId: 'x' }, 7, sealedValue)).rejects.toThrow('authenticate');
  });

  it('is null to open once its data key is gone', async () => {
    using held = await vault.sealFor(tenantId);
    const sealedValue = held.seal(place, 1, new Secret('answer'));
    await app.database.query(`UPDATE data_keys SET wrapped = NULL WHERE tenant_id = $1`, [tenantId]);
    expect(await vault.openSealed(tenantId, place, 1, sealedValue)).toBeNull();
    expect(await vault.openSealed(tenantId, place, 1, { ...sealedValue, generation: 9 })).toBeNull();
  });

  it('that was disposed of seals nothing, least of all under zeros', async () => {
    const held = await vault.sealFor(tenantId);
    held[Symbol.dispose]();
    expect(() => held.seal(place, 1, new Secret('answer'))).toThrow('disposed');
  });
});

async function sealed(): Promise<string | undefined> {
  await put('same');
  const [row] = await app.database.query<{ sealed: Buffer }>(`SELECT sealed FROM vault_secrets WHERE tenant_id = $1`, [
    tenantId,
  ]);
  return row?.sealed.toString('hex');
}

describe('the database', () => {
  it('holds neither the value nor any encoding of it, in any row of any table', async () => {
    const canary = `canary-${randomBytes(24).toString('hex')}`;
    await put({ accessToken: canary });
    await put(canary, { ...place, field: 'second' });
    const dump = await dumpRows(app.database);
    expect(dump).toContain(tenantId);
    for (const text of [
      canary,
      Buffer.from(canary).toString('hex'),
      Buffer.from(canary).toString('base64').slice(0, -4),
    ]) {
      expect(dump).not.toContain(text);
    }
  });

  it('holds another ciphertext each time the same value is put', async () => {
    expect(await sealed()).not.toBe(await sealed());
  });
});
