import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { DataKeyRenewal, MAX_SEALS } from './data-key-renewal.js';
import { Vault, VaultMemory, VaultModule, type SecretPlace } from './index.js';

const DAY_SECONDS = 86_400;
const place: SecretPlace = { kind: 'connection', rowId: 'row-1', field: 'credentials' };
const otherPlace: SecretPlace = { ...place, rowId: 'row-2' };

let database: TestDatabase;
let app: TestApp;
let vault: Vault;
let tenantId: TenantId;

beforeEach(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [VaultModule] });
  vault = app.get(Vault);
  tenantId = (await createTenant(app)).id;
  await put('old', place);
  await put('older', otherPlace);
});
afterEach(async () => {
  await app?.close();
  await database?.drop();
});

const put = (value: string, at: SecretPlace) => vault.put(tenantId, at, new Secret(value));
const reveal = async (at: SecretPlace) => (await vault.get(tenantId, at))?.value.reveal();
async function after(seconds: number): Promise<void> {
  app.clock.advance(seconds);
  await app.get(DataKeyRenewal).runDue();
}
const generations = async () => {
  const rows = await app.database.query<{ generation: number }>(
    `SELECT generation FROM data_keys WHERE tenant_id = $1 ORDER BY generation`,
    [tenantId],
  );
  return rows.map(({ generation }) => generation);
};
const seals = async () => {
  const [row] = await app.database.query<{ seals: string }>(
    `SELECT seals FROM data_keys WHERE tenant_id = $1 ORDER BY generation DESC LIMIT 1`,
    [tenantId],
  );
  return Number(row?.seals);
};

const renewed = () => after(90 * DAY_SECONDS);

describe('a new data key is made', () => {
  it('after 90 days, and no sooner; what the old one sealed opens all the same', async () => {
    await after(90 * DAY_SECONDS - 1);
    expect(await generations()).toEqual([1]);
    await after(60);
    expect(await generations()).toEqual([1, 2]);
    expect(await reveal(place)).toBe('old');
    await put('new', place);
    expect([await reveal(place), await reveal(otherPlace)]).toEqual(['new', 'older']);
  });

  it('when the old one has sealed as much as it may, and no sooner', async () => {
    await app.get(VaultMemory).flush();
    const set = (count: number) =>
      app.database.query(`UPDATE data_keys SET seals = $2 WHERE tenant_id = $1`, [tenantId, count]);
    await set(MAX_SEALS - 2);
    await put('once more', place);
    await app.get(VaultMemory).flush();
    await after(60);
    expect(await generations()).toEqual([1]);
    await put('the last', place);
    await app.get(VaultMemory).flush();
    await after(60);
    expect(await generations()).toEqual([1, 2]);
  });

  it('once, however many workers look at the same moment', async () => {
    await using other = await startTestApp({
      databaseUrl: database.url,
      imports: [VaultModule],
      clock: app.clock,
      keyring: app.keyring,
    });
    app.clock.advance(91 * DAY_SECONDS);
    await Promise.all([app, other].map((worker) => worker.get(DataKeyRenewal).runDue()));
    expect(await generations()).toEqual([1, 2]);
  });
});

it('every value that a key seals is counted, in its row, also by a copy of the key', async () => {
  using held = await vault.sealFor(tenantId);
  held.seal(place, 2, new Secret('x'));
  await put('third', place);
  await app.get(VaultMemory).flush();
  expect(await seals()).toBe(2 + 1 + 1);
  await put('fourth', place);
  await app.get(VaultMemory).flush();
  expect(await seals()).toBe(5);
});

describe('an old data key', () => {
  it('stays as long as a secret refers to it, and that secret with it', async () => {
    await renewed();
    await put('new', place);
    await after(30 * DAY_SECONDS);
    expect(await generations()).toEqual([1, 2]);
    expect(await reveal(otherPlace)).toBe('older');
  });

  it('that nothing refers to stays a day, since what it sealed may lie in a journal, and is then deleted', async () => {
    await renewed();
    using held = await vault.sealFor(tenantId);
    await put('new', place);
    await put('newer', otherPlace);
    await after(DAY_SECONDS - 60);
    expect(await generations()).toEqual([1, 2]);
    await after(60);
    expect(await generations()).toEqual([2]);
    expect([await reveal(place), await reveal(otherPlace)]).toEqual(['new', 'newer']);
    expect(await vault.openSealed(tenantId, place, 3, held.seal(place, 3, new Secret('kept')))).not.toBeNull();
  });
});
