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
    await vault.forget(tenantId, place);
    expect([await reveal(), await reveal({ ...place, field: 'second' })]).toEqual([undefined, undefined]);
    for (const [of, at] of kept) expect(await reveal(at, of)).toBe('kept');
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
