import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyringEntry } from '#libs/config';
import { MissingKeysError, Secret, WrongKeyError } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { Vault, VaultInventory, VaultModule, type SecretPlace } from './index.js';

const place: SecretPlace = { kind: 'connection', rowId: 'row-1', field: 'credentials' };
const older: KeyringEntry = { id: 'k1', key: randomBytes(32) };
const newer: KeyringEntry = { id: 'k2', key: randomBytes(32) };
/** Of the platform's own, which the first process makes. */
const OWN = 1;

let database: TestDatabase;
let app: TestApp;
let tenantId: TenantId;

const start = (keyring: KeyringEntry[]) => startTestApp({ databaseUrl: database.url, imports: [VaultModule], keyring });

beforeEach(async () => {
  database = await createTestDatabase();
  app = await start([older]);
  tenantId = (await createTenant(app)).id;
  await app.get(Vault).put(tenantId, place, new Secret('old'));
});
afterEach(async () => {
  await app?.close();
  await database?.drop();
});

const revealBy = async (by: TestApp) => (await by.get(Vault).get(tenantId, place))?.value.reveal();
const setKeyId = (id: string) =>
  app.database.query(`UPDATE data_keys SET key_id = $2 WHERE tenant_id = $1`, [tenantId, id]);

describe('a process starts', () => {
  it('with older keys behind the primary one, and opens what they wrap', async () => {
    await using rotated = await start([newer, older]);
    expect(await revealBy(rotated)).toBe('old');
  });

  it('with a new primary key, and wraps new data keys under that', async () => {
    await using rotated = await start([newer, older]);
    const { id } = await createTenant(rotated);
    await rotated.get(Vault).put(id, place, new Secret('new'));
    expect(await rotated.get(VaultInventory).read()).toEqual({
      keys: [
        { id: 'k2', dataKeys: 1 },
        { id: 'k1', dataKeys: OWN + 1 },
      ],
      missing: [],
    });
  });

  it('although somebody altered one wrapped data key: that one alone is lost', async () => {
    await app.database.query(`UPDATE data_keys SET wrapped = $2 WHERE tenant_id = $1`, [tenantId, randomBytes(60)]);
    await using fresh = await start([older]);
    await expect(revealBy(fresh)).rejects.toThrow(new WrongKeyError('k1'));
  });

  it('without a key that only destroyed data keys were under', async () => {
    await setKeyId('k0');
    await app.database.query(`UPDATE data_keys SET wrapped = NULL WHERE tenant_id = $1`, [tenantId]);
    await using fresh = await start([older]);
    expect(await revealBy(fresh)).toBeUndefined();
  });
});

describe('a process does not start', () => {
  it('without a key that is still needed, and says which and by how many data keys', async () => {
    await setKeyId('k0');
    await expect(start([older])).rejects.toThrow(new MissingKeysError([{ keyId: 'k0', dataKeys: 1 }]));
  });

  it('without several that are still needed, and names each', async () => {
    await setKeyId('k0');
    const missing = [
      { keyId: 'k0', dataKeys: 1 },
      { keyId: 'k1', dataKeys: OWN },
    ];
    await expect(start([newer])).rejects.toThrow(new MissingKeysError(missing));
  });

  it('with another key of the same id, and names it', async () => {
    await expect(start([{ id: 'k1', key: randomBytes(32) }])).rejects.toThrow(new WrongKeyError('k1'));
  });
});
