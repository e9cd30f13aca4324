import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Audit, SYSTEM_ACTOR } from '#libs/audit';
import { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { PLATFORM } from '#libs/tenants';
import { createTenant, createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { Rewraps, Sealer, Vault, VaultInventory, VaultModule, type RewrapKind, type SecretPlace } from './index.js';
import { RewrapRunner } from './rewrap-runner.js';

const older = { id: 'k1', key: randomBytes(32) };
const newer = { id: 'k2', key: randomBytes(32) };
/** Longer than a page. */
const SECRETS = 620;
const SETTLED_SECONDS = 15;

let database: TestDatabase;
/** With the old keyring, and the one that all processes have after their restart. */
let before: TestApp;
let app: TestApp;
let tenants: TenantId[];

const placeOf = (index: number): SecretPlace => ({ kind: 'connection', rowId: `row-${index}`, field: 'credentials' });
const start = (keyring: { id: string; key: Buffer }[], clock = before.clock) =>
  startTestApp({ databaseUrl: database.url, imports: [VaultModule], keyring, clock });

beforeEach(async () => {
  database = await createTestDatabase();
  before = await startTestApp({ databaseUrl: database.url, imports: [VaultModule], keyring: [older] });
  tenants = [(await createTenant(before)).id, (await createTenant(before)).id];
  const [big, small] = tenants as [TenantId, TenantId];
  for (let index = 0; index < SECRETS; index += 1) await putBy(before, big, index, `secret-${index}`);
  await putBy(before, small, 0, 'small');
  app = await start([newer, older]);
});
afterEach(async () => {
  await app?.close();
  await before?.close();
  await database?.drop();
});

const putBy = (by: TestApp, tenantId: TenantId, index: number, value: string) =>
  by.get(Vault).put(tenantId, placeOf(index), new Secret(value));
const big = () => tenants[0] as TenantId;
const reveal = async (index: number, by = app) => (await by.get(Vault).get(big(), placeOf(index)))?.value.reveal();
const begin = (kind: RewrapKind) => app.get(Rewraps).start(kind, SYSTEM_ACTOR);
const work = (by = app) => by.get(RewrapRunner).runDue();
const status = () => app.get(Rewraps).status();
const counts = async () => {
  const { keys } = await app.get(VaultInventory).read();
  return Object.fromEntries(keys.map(({ id, dataKeys }) => [id, dataKeys]));
};
const onOlderKeys = async () =>
  (
    await app.database.query(
      `SELECT 1 FROM vault_secrets secret WHERE generation < (SELECT max(generation) FROM data_keys WHERE tenant_id = secret.tenant_id)`,
    )
  ).length;
async function replaceAll(): Promise<void> {
  await begin('replace');
  await work();
  app.clock.advance(SETTLED_SECONDS);
  await work();
}

describe('a rewrap that keeps the data keys', () => {
  it('wraps all of them under the primary key, and the old key can leave the ring', async () => {
    expect(await counts()).toEqual({ k2: 0, k1: 3 });
    expect(await begin('keep')).toMatchObject({ state: 'running', total: 3, done: 0, failed: 0, keyId: 'k2' });
    await work();
    expect(await status()).toMatchObject({ state: 'finished', total: 3, done: 3, failed: 0, open: 0 });
    expect(await counts()).toEqual({ k2: 3, k1: 0 });
    await using without = await start([newer]);
    expect(await reveal(7, without)).toBe('secret-7');
  });

  it("brings the platform's own along, so that what was handed out opens", async () => {
    const sealed = before.get(Sealer).seal(['test'], Buffer.from('token'));
    await begin('keep');
    await work();
    await using without = await start([newer]);
    expect((await without.get(Sealer).open(['test'], sealed))?.toString()).toBe('token');
  });

  it('has nothing to do a second time, and says so', async () => {
    await begin('keep');
    await work();
    await begin('keep');
    await work();
    expect(await status()).toMatchObject({ state: 'finished', total: 0, done: 0 });
  });

  it('does not end before the data keys of processes with the old ring are wrapped too', async () => {
    await begin('keep');
    const late = (await createTenant(before)).id;
    await putBy(before, late, 0, 'late');
    await work();
    await work();
    expect(await status()).toMatchObject({ state: 'finished' });
    expect((await counts()).k1).toBe(0);
  });

  it('leaves a data key that does not open as it is, and counts it', async () => {
    await app.database.query(`UPDATE data_keys SET wrapped = $2 WHERE tenant_id = $1`, [tenants[1], randomBytes(60)]);
    await begin('keep');
    await work();
    expect(await status()).toMatchObject({ state: 'finished', done: 2, failed: 1 });
    expect(await counts()).toEqual({ k2: 2, k1: 1 });
  });
});

describe('a rewrap that replaces the data keys', () => {
  it('seals every secret under a new one, as the version that it was', async () => {
    await begin('replace');
    await work();
    expect(await status()).toMatchObject({ state: 'running', done: SECRETS + 2, failed: 0 });
    app.clock.advance(SETTLED_SECONDS);
    await work();
    expect(await status()).toMatchObject({ state: 'finished', total: SECRETS + 2, done: SECRETS + 2, failed: 0 });
    expect(await onOlderKeys()).toBe(0);
    expect(await app.get(Vault).get(big(), placeOf(SECRETS - 1))).toMatchObject({ version: 1 });
    for (let index = 0; index < SECRETS; index += 100) expect(await reveal(index)).toBe(`secret-${index}`);
    await using without = await start([newer]);
    expect(await reveal(1, without)).toBe('secret-1');
  });

  it('catches what a process sealed under the old key meanwhile', async () => {
    await putBy(before, big(), 0, 'believed');
    await begin('replace');
    await work();
    await putBy(before, big(), 0, 'late');
    expect(await onOlderKeys()).toBe(1);
    app.clock.advance(SETTLED_SECONDS);
    await work();
    expect(await status()).toMatchObject({ state: 'finished', failed: 0 });
    expect(await onOlderKeys()).toBe(0);
    expect(await reveal(0)).toBe('late');
  });

  it('never writes over a value that is newer than the one it read', async () => {
    const writes: Promise<unknown>[] = [];
    await begin('replace');
    const working = work();
    for (let index = 0; index < SECRETS; index += 5) writes.push(putBy(app, big(), index, `newer-${index}`));
    await Promise.all([working, ...writes]);
    app.clock.advance(SETTLED_SECONDS);
    await work();
    for (let index = 0; index < SECRETS; index += 1)
      expect(await reveal(index)).toBe(index % 5 === 0 ? `newer-${index}` : `secret-${index}`);
    expect(await onOlderKeys()).toBe(0);
  });

  it('leaves a secret that does not open as it is, counts it, and ends', async () => {
    await app.database.query(`UPDATE vault_secrets SET version = 9 WHERE tenant_id = $1 AND row_id = 'row-3'`, [big()]);
    await replaceAll();
    expect(await status()).toMatchObject({ state: 'finished', failed: 1 });
    expect(await onOlderKeys()).toBe(1);
    expect(await reveal(4)).toBe('secret-4');
  });

  it('goes on where a worker left it, and is shared by several', async () => {
    await begin('replace');
    await using another = await start([newer, older]);
    // The first page of each tenant, as a worker does that dies after it.
    const runner = app.get(RewrapRunner);
    const stopped = runner.runDue();
    await runner.stop();
    await stopped;
    const half = await status();
    expect(half?.state).toBe('running');
    expect(half?.done).toBeLessThan(SECRETS);
    await work(another);
    another.clock.advance(SETTLED_SECONDS);
    await work(another);
    expect(await status()).toMatchObject({ state: 'finished', done: SECRETS + 2 });
    expect(await onOlderKeys()).toBe(0);
  });
});

describe('starting a rewrap', () => {
  it('while one runs answers that one, and refuses the other kind', async () => {
    const first = await begin('keep');
    expect(await begin('keep')).toMatchObject({ id: first.id });
    await expect(begin('replace')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('from 10 callers at once makes one', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => begin('keep')));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  });

  it('after the primary key changed once more gives up the one that nobody can finish', async () => {
    const first = await begin('keep');
    await using third = await start([{ id: 'k3', key: randomBytes(32) }, newer, older]);
    const second = await third.get(Rewraps).start('keep', SYSTEM_ACTOR);
    expect(second).toMatchObject({ state: 'running', keyId: 'k3' });
    expect(second.id).not.toBe(first.id);
    await work();
    expect(await status()).toMatchObject({ id: second.id, done: 0 });
    await work(third);
    expect(await status()).toMatchObject({ id: second.id, state: 'finished', done: 3 });
  });

  it('is on the record of the platform, as is the end', async () => {
    const { id } = await begin('keep');
    await work();
    const entries = await app.get(Audit).list(PLATFORM, { subject: id, limit: 5 });
    expect(entries.map(({ action }) => action)).toEqual(['vault.rewrap_finished', 'vault.rewrap_started']);
    expect(entries[0]?.details).toMatchObject({ data_keys: 'keep', key_id: 'k2', done: 3, failed: 0 });
  });

  it('can be tried out: how much there is to do, and nothing is done', async () => {
    const rewraps = app.get(Rewraps);
    expect([await rewraps.plannedTotal('keep'), await rewraps.plannedTotal('replace')]).toEqual([3, SECRETS + 2]);
    expect(await status()).toBeNull();
  });
});

it('the old data keys stay readable for what was sealed under them and not stored yet', async () => {
  using held = await before.get(Vault).sealFor(big());
  await replaceAll();
  const late = held.seal(placeOf(0), 2, new Secret('answer'));
  expect((await app.get(Vault).openSealed(big(), placeOf(0), 2, late))?.reveal()).toBe('answer');
  expect(await app.get(Vault).replaceSealed(big(), placeOf(0), late, 1)).toBe(true);
  expect(await reveal(0)).toBe('answer');
});
