import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeyringEntry } from '#libs/config';
import { Secret, UnknownKeyError, WrongKeyError } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { Vault, VaultModule, type SecretPlace } from './index.js';

const place: SecretPlace = { kind: 'connection', rowId: 'row-1', field: 'credentials' };
const older: KeyringEntry = { id: 'k1', key: randomBytes(32) };
const newer: KeyringEntry = { id: 'k2', key: randomBytes(32) };

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
const reveal = async (by = vault) => (await by.get(tenantId, place))?.value.reveal();

describe('the keyring', () => {
  it('opens with an older key of the ring what that key wraps', async () => {
    await put('old');
    await using rotated = await start([newer, older]);
    expect(await reveal(rotated.get(Vault))).toBe('old');
  });

  it('wraps new data keys under the primary key', async () => {
    await using rotated = await start([newer, older]);
    await put('new', rotated.get(Vault));
    expect(await app.database.query(`SELECT key_id FROM data_keys WHERE tenant_id = $1`, [tenantId])).toEqual([
      { key_id: 'k2' },
    ]);
  });

  it('that lacks a key which is still needed keeps the process from starting, and names the key', async () => {
    await put('old');
    await expect(start([newer])).rejects.toThrow(new UnknownKeyError('k1'));
  });

  it('with another key of the same id keeps the process from starting, and names the key', async () => {
    await put('old');
    await expect(start([{ id: 'k1', key: randomBytes(32) }])).rejects.toThrow(new WrongKeyError('k1'));
  });
});

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

  it('is unwrapped again after its five minutes in memory', async () => {
    await put('kept');
    await app.database.query(`UPDATE data_keys SET key_id = 'gone' WHERE tenant_id = $1`, [tenantId]);
    expect(await reveal()).toBe('kept');
    app.clock.advance(300);
    await expect(reveal()).rejects.toThrow(new UnknownKeyError('gone'));
  });
});

describe('the destruction of a data key', () => {
  it('takes every secret of the tenant along, and none of another', async () => {
    const other = (await createTenant(app)).id;
    await put('gone');
    await vault.put(other, place, new Secret('kept'));
    await app.database.query(`DELETE FROM data_keys WHERE tenant_id = $1`, [tenantId]);
    expect(await vault.get(tenantId, place)).toBeNull();
    expect((await vault.get(other, place))?.value.reveal()).toBe('kept');
  });

  it('leaves a ciphertext from a backup unreadable, under the key that comes next too', async () => {
    await put('gone');
    const [backup] = await app.database.query<{ version: number; generation: number; sealed: Buffer }>(
      `SELECT version, generation, sealed FROM vault_secrets WHERE tenant_id = $1`,
      [tenantId],
    );
    await app.database.query(`DELETE FROM data_keys WHERE tenant_id = $1`, [tenantId]);
    await put('next');
    await app.database.query(
      `UPDATE vault_secrets SET version = $2, generation = $3, sealed = $4 WHERE tenant_id = $1`,
      [tenantId, backup?.version, backup?.generation, backup?.sealed],
    );
    await expect(reveal()).rejects.toThrow('authenticate');
  });
});
