import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Audit } from '#libs/audit';
import { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { Vault, VaultMemory, VaultModule, type SealedValue, type SecretPlace } from './index.js';

type Location = [TenantId, SecretPlace];

const first: SecretPlace = { kind: 'connection', rowId: 'row-1', field: 'credentials' };
/** Each differs from the first in one thing. */
const places: [string, SecretPlace][] = [
  ['the first', first],
  ['another row', { ...first, rowId: 'row-2' }],
  ['another field', { ...first, field: 'other' }],
  ['another kind', { ...first, kind: 'run' }],
  ['fields that read the same when joined', { ...first, rowId: 'row-1c', field: 'redentials' }],
];

let database: TestDatabase;
let app: TestApp;
let vault: Vault;
const locations = new Map<string, Location>();

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [VaultModule] });
  vault = app.get(Vault);
  const [tenant, other] = [(await createTenant(app)).id, (await createTenant(app)).id];
  for (const [name, place] of places) locations.set(name, [tenant, place]);
  locations.set('another tenant', [other, first]);
  for (const [name, [tenantId, place]] of locations) await vault.put(tenantId, place, new Secret(name));
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const WHERE = 'tenant_id = $1 AND kind = $2 AND row_id = $3 AND field = $4';
const keyOf = ([tenantId, { kind, rowId, field }]: Location) => [tenantId, kind, rowId, field];
const at = (name: string): Location => {
  const location = locations.get(name);
  if (!location) throw new Error(`There is no place "${name}".`);
  return location;
};

async function sealedAt(location: Location): Promise<Buffer> {
  const [row] = await app.database.query<{ sealed: Buffer }>(
    `SELECT sealed FROM vault_secrets WHERE ${WHERE}`,
    keyOf(location),
  );
  if (!row) throw new Error('Nothing stands there.');
  return row.sealed;
}

/** Overwrites a ciphertext behind the vault's back, as somebody could who may write to the database. */
async function overwrite(location: Location, sealed: Buffer): Promise<void> {
  await app.database.query(`UPDATE vault_secrets SET sealed = $5 WHERE ${WHERE}`, [...keyOf(location), sealed]);
}

describe('a ciphertext that somebody moves in the database', () => {
  const names = [...places.map(([name]) => name), 'another tenant'];
  const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => [from, to] as const));

  it.each(pairs)('from %s does not open at %s', async (from, to) => {
    const own = await sealedAt(at(to));
    await overwrite(at(to), await sealedAt(at(from)));
    await expect(vault.get(...at(to))).rejects.toThrow('authenticate');
    await overwrite(at(to), own);
    expect((await vault.get(...at(to)))?.value.reveal()).toBe(to);
  });

  it('does not open once an older value is put back in place of the newer', async () => {
    const location = at('the first');
    const older = await sealedAt(location);
    await vault.put(...location, new Secret('newer'));
    await overwrite(location, older);
    await expect(vault.get(...location)).rejects.toThrow('authenticate');
    await vault.put(...location, new Secret('the first'));
  });

  it('does not open with one bit of it changed', async () => {
    const location = at('another row');
    const own = await sealedAt(location);
    const changed = Buffer.from(own);
    changed[20] = (changed[20] ?? 0) ^ 1;
    await overwrite(location, changed);
    await expect(vault.get(...location)).rejects.toThrow('authenticate');
    await overwrite(location, own);
  });

  it('does not open with the version changed in its row', async () => {
    const location = at('another field');
    await app.database.query(`UPDATE vault_secrets SET version = version + 1 WHERE ${WHERE}`, keyOf(location));
    await expect(vault.get(...location)).rejects.toThrow('authenticate');
  });
});

describe('20 rows of two tenants, with three fields each', () => {
  it(
    'open at their own place, and at none of the 59 others; each failure is counted in the audit',
    { timeout: 120_000 },
    async () => {
      const owners = [(await createTenant(app)).id, (await createTenant(app)).id];
      const stored: { at: Location; value: SealedValue }[] = [];
      for (let index = 0; index < 60; index += 1) {
        const tenantId = owners[index % 2] as TenantId;
        const place: SecretPlace = {
          kind: 'connection',
          rowId: `row-${Math.floor(index / 6)}`,
          field: `field-${Math.floor(index / 2) % 3}`,
        };
        using held = await vault.sealFor(tenantId);
        stored.push({ at: [tenantId, place], value: held.seal(place, 1, new Secret(index)) });
      }
      expect(new Set(stored.map(({ at: [tenantId, place] }) => JSON.stringify([tenantId, place]))).size).toBe(60);
      let refused = 0;
      for (const [to, { at: location }] of stored.entries()) {
        for (const [from, { value }] of stored.entries()) {
          const opened = vault.openSealed(...location, 1, value);
          if (from === to) expect((await opened)?.reveal()).toBe(to);
          else
            await expect(opened)
              .rejects.toThrow('authenticate')
              .then(() => (refused += 1));
        }
      }
      expect(refused).toBe(60 * 59);
      await app.get(VaultMemory).flush();
      const entries = await Promise.all(
        owners.map((id) => app.get(Audit).list(id, { action: 'vault.open_failed', limit: 5 })),
      );
      expect(entries.map(([entry]) => entry?.details.failures)).toEqual([refused / 2, refused / 2]);
    },
  );
});

describe("a tenant's data key that somebody moves in the database", () => {
  it('opens nothing for another tenant', async () => {
    const [tenant, other] = [(await createTenant(app)).id, (await createTenant(app)).id];
    await vault.put(tenant, first, new Secret('mine'));
    await vault.put(other, first, new Secret('theirs'));
    await app.database.query(
      `UPDATE data_keys SET wrapped = (SELECT wrapped FROM data_keys WHERE tenant_id = $1) WHERE tenant_id = $2`,
      [tenant, other],
    );
    // In a process that has not seen the key: the one above holds it, unwrapped, by these very bytes.
    await using fresh = await startTestApp({
      databaseUrl: database.url,
      imports: [VaultModule],
      keyring: app.keyring,
    });
    await expect(fresh.get(Vault).get(other, first)).rejects.toThrow('is not the one');
    expect((await fresh.get(Vault).get(tenant, first))?.value.reveal()).toBe('mine');
  });
});
