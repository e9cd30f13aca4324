import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeyringEntry } from '#libs/config';
import { Secret, UnknownKeyError } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { DataKeys } from './data-keys.js';
import { Vault, VaultModule, type SecretPlace } from './index.js';

const place: SecretPlace = { kind: 'connection', rowId: 'row-1', field: 'credentials' };
const older: KeyringEntry = { id: 'k1', key: randomBytes(32) };

let database: TestDatabase;
let app: TestApp;
let vault: Vault;
let tenantId: TenantId;

const start = (keyring: KeyringEntry[]) => startTestApp({ databaseUrl: database.url, imports: [VaultModule], keyring });

beforeAll(async () => {
  database = await createTestDatabase();
  app = await start([older]);
  vault = app.get(Vault);
});
beforeEach(async () => {
  tenantId = (await createTenant(app)).id;
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const put = (value: string, by = vault) => by.put(tenantId, place, new Secret(value));
const generation = async () => {
  const [row] = await app.database.query<{ generation: number }>(
    `SELECT generation FROM vault_secrets WHERE tenant_id = $1`,
    [tenantId],
  );
  return row?.generation;
};
const reveal = async (by = vault) => (await by.get(tenantId, place))?.value.reveal();

describe("the tenant's first data key", () => {
  it('is one and the same for two processes that make it at once', async () => {
    await using other = await start([older]);
    const vaults = [vault, other.get(Vault)];
    const writes = Array.from({ length: 20 }, (_, index) => {
      const at = { ...place, rowId: `row-${index}` };
      return (vaults[index % 2] ?? vault).put(tenantId, at, new Secret(index));
    });
    await Promise.all(writes);
    const keys = await app.database.query(`SELECT generation FROM data_keys WHERE tenant_id = $1`, [tenantId]);
    expect(keys).toEqual([{ generation: 1 }]);
    await using reader = await start([older]);
    for (let index = 0; index < writes.length; index += 1) {
      const held = await reader.get(Vault).get(tenantId, { ...place, rowId: `row-${index}` });
      expect(held?.value.reveal()).toBe(index);
    }
  });

  it('seals nothing any more once the transaction that made it was rolled back', async () => {
    const rolledBack = app.database.commitIf(async (tx) => {
      await vault.put(tenantId, place, new Secret('lost'), tx);
      return false;
    });
    expect(await rolledBack).toBe(false);
    expect(await vault.get(tenantId, place)).toBeNull();
    await put('kept');
    await using fresh = await start([older]);
    expect(await reveal(fresh.get(Vault))).toBe('kept');
  });

  it('seals here at once when it is a new one, and on other processes within seconds', async () => {
    await put('one');
    await using other = await start([older]);
    await put('two', other.get(Vault));
    await app.get(DataKeys).succeed(tenantId, 1, app.database);
    await put('three');
    expect(await generation()).toBe(2);
    await put('four', other.get(Vault));
    expect(await generation()).toBe(1);
    expect(await reveal()).toBe('four');
    other.clock.advance(5);
    await put('five', other.get(Vault));
    expect(await generation()).toBe(2);
    expect(await reveal()).toBe('five');
  });

  it('is unwrapped again after its five minutes in memory', async () => {
    await put('kept');
    await app.database.query(`UPDATE data_keys SET key_id = 'gone' WHERE tenant_id = $1`, [tenantId]);
    expect(await reveal()).toBe('kept');
    app.clock.advance(300);
    await expect(reveal()).rejects.toThrow(new UnknownKeyError('gone'));
    await app.database.query(`UPDATE data_keys SET key_id = 'k1' WHERE tenant_id = $1`, [tenantId]);
  });
});

const destroy = () => app.database.query(`UPDATE data_keys SET wrapped = NULL WHERE tenant_id = $1`, [tenantId]);

describe('the destruction of a data key', () => {
  it('takes every secret of the tenant along, and none of another', async () => {
    const other = (await createTenant(app)).id;
    await put('gone');
    await vault.put(other, place, new Secret('kept'));
    await destroy();
    expect(await vault.get(tenantId, place)).toBeNull();
    expect((await vault.get(other, place))?.value.reveal()).toBe('kept');
  });

  it('can not happen by deleting one that secrets refer to', async () => {
    await put('kept');
    await expect(app.database.query(`DELETE FROM data_keys WHERE tenant_id = $1`, [tenantId])).rejects.toThrow(
      'foreign key',
    );
    expect(await reveal()).toBe('kept');
  });

  it('leaves a ciphertext from a backup unreadable, under the key that comes next too', async () => {
    await put('gone');
    const [backup] = await app.database.query<{ version: number; sealed: Buffer }>(
      `SELECT version, sealed FROM vault_secrets WHERE tenant_id = $1`,
      [tenantId],
    );
    await app.database.query(`DELETE FROM vault_secrets WHERE tenant_id = $1`, [tenantId]);
    await app.database.query(`DELETE FROM data_keys WHERE tenant_id = $1`, [tenantId]);
    await using fresh = await start([older]);
    await put('next', fresh.get(Vault));
    await app.database.query(`UPDATE vault_secrets SET version = $2, sealed = $3 WHERE tenant_id = $1`, [
      tenantId,
      backup?.version,
      backup?.sealed,
    ]);
    await expect(reveal(fresh.get(Vault))).rejects.toThrow('authenticate');
  });
});
