import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { KeyringEntry } from '#libs/config';
import { SystemClock } from '#libs/scheduling';
import {
  createTestDatabase,
  startService,
  startTestApp,
  type ServiceProcess,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Vault, VaultModule, type RewrapKind } from '#libs/vault';
import { Gatehouse } from '../main-job/gatehouse.js';
import { makeDataKeys, storeMany, Traffic, type StoredAt } from './stored-secrets.js';

/** The full figures, which take long: VAULT_ROWS=1000000 VAULT_KILLS=20. */
const ROWS = Number(process.env.VAULT_ROWS ?? 5000);
const KILLS = Number(process.env.VAULT_KILLS ?? 3);
const DATA_KEYS = Number(process.env.VAULT_DATA_KEYS ?? 10_000);
const TENANTS = 5;
const LANES = 4;
/** Before it begins, for how fast writers are by themselves. */
const QUIET_WRITES = 500;
const PATIENCE = { timeout: 1_800_000, interval: 5 };

const older: KeyringEntry = { id: 'k1', key: randomBytes(32) };
const newer: KeyringEntry = { id: 'k2', key: randomBytes(32) };
const adminToken = randomBytes(32).toString('base64url');

let database: TestDatabase;
/** A process that only reads and writes secrets. */
let app: TestApp<SystemClock>;
let worker: ServiceProcess;
let gatehouse: Gatehouse;

const appWith = (keyring: KeyringEntry[]) =>
  startTestApp({ databaseUrl: database.url, imports: [VaultModule], keyring, clock: new SystemClock() });

async function startWorker(keyring = [newer, older]): Promise<void> {
  const ring = keyring.map(({ id, key }) => `${id}:${key.toString('base64')}`).join(',');
  const env = { VAULT_KEYRING: ring, ADMIN_TOKEN: adminToken };
  worker = await startService({ databaseUrl: database.url, env });
  gatehouse = new Gatehouse(worker.url, adminToken);
}

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await worker?.stop();
  await app?.close();
  await database?.drop();
});

const rewrap = (json: { data_keys?: RewrapKind; dry_run?: boolean }) =>
  gatehouse.call('POST', '/admin/vault/rewrap', { bearer: adminToken, json });
const status = async () => {
  const { json } = await gatehouse.admin('GET', '/admin/vault');
  return (json as { rewrap: { state: string; done: number; failed: number; total: number } | null }).rewrap;
};
const finished = (timeout = PATIENCE.timeout) =>
  vi.waitFor(
    async () => {
      const now = await status();
      if (now?.state !== 'finished') throw new Error(`It is ${now?.state}, ${now?.done} of ${now?.total}.`);
      return now;
    },
    { timeout, interval: 100 },
  );
const count = async (sql: string, ...values: unknown[]) => {
  const [row] = await app.database.query<{ count: number }>(`SELECT count(*)::integer AS count FROM ${sql}`, values);
  return row?.count;
};

/** Fills the vault under the old key; then every process is restarted with the new one before it. */
async function rotate(fill: () => Promise<StoredAt[]>): Promise<StoredAt[]> {
  app = await appWith([older]);
  const stored = await fill();
  await app.close();
  app = await appWith([newer, older]);
  await startWorker();
  return stored;
}

describe('V3: a new primary key', () => {
  test('takes over from the old one for 10,000 data keys within a minute, while reads and writes go on', async () => {
    const stored = await rotate(async () => {
      await makeDataKeys(app, DATA_KEYS, older);
      return storeMany(app, 100, 2);
    });
    const traffic = new Traffic(app, stored, LANES);
    const begin = performance.now();
    expect((await rewrap({})).status).toBe(202);
    const { done, failed } = await finished(60_000);
    const seconds = (performance.now() - begin) / 1000;
    await traffic.stop();
    console.log(
      `${done} data keys in ${seconds.toFixed(1)} s; ${traffic.reads} reads, ${traffic.writes} writes meanwhile`,
    );

    expect(failed).toBe(0);
    expect(traffic.failures).toEqual([]);
    expect(traffic.writes).toBeGreaterThan(0);
    expect(await count(`data_keys WHERE key_id <> 'k2'`)).toBe(0);
    // And the old one can leave the ring.
    await worker.stop();
    await startWorker([newer]);
    await using without = await appWith([newer]);
    const [first] = stored as [StoredAt, ...StoredAt[]];
    expect(await without.get(Vault).get(first.tenantId, first.place)).not.toBeNull();
  });
});

const doneSoFar = () =>
  app.database
    .query<{ done: number }>(`SELECT coalesce(sum(done), 0)::integer AS done FROM rewrap_parts`)
    .then(([row]) => row?.done ?? 0);

/** Every one that was written to, and a few thousand of the others, by a process that has nothing in memory. */
async function expectValues(stored: readonly StoredAt[], expected: ReadonlyMap<StoredAt, string>): Promise<void> {
  await using fresh = await appWith([newer]);
  const every = Math.ceil(stored.length / 5000);
  for (const [index, at] of stored.entries()) {
    if (!expected.has(at) && index % every !== 0) continue;
    const held = await fresh.get(Vault).get<string>(at.tenantId, at.place);
    if (held?.value.reveal() !== (expected.get(at) ?? 'first')) throw new Error(`The secret ${index} was lost.`);
  }
}

describe('V4: new data keys for everything', () => {
  test(
    `${ROWS} secrets, ${KILLS} times SIGKILL for the worker: none is lost, none is left, and writers go on`,
    { timeout: PATIENCE.timeout },
    async () => {
      const stored = await rotate(() => storeMany(app, ROWS, TENANTS));
      const traffic = new Traffic(app, stored, LANES);
      await vi.waitFor(() => expect(traffic.writes).toBeGreaterThan(QUIET_WRITES), PATIENCE);
      const quiet = traffic.rate();
      const begin = performance.now();
      await rewrap({ data_keys: 'replace' });
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const threshold = (ROWS * kill) / (KILLS + 1);
        await vi.waitFor(async () => expect(await doneSoFar()).toBeGreaterThan(threshold), PATIENCE);
        await worker.kill();
        // Killed in the middle of it, not after.
        expect(await count(`rewraps WHERE state = 'running'`)).toBe(1);
        await startWorker();
      }
      const { failed } = await finished();
      const seconds = (performance.now() - begin) / 1000;
      const expected = await traffic.stop();
      console.log(
        `${ROWS} secrets in ${seconds.toFixed(1)} s; writes a second: ${quiet.toFixed(0)} before, ${traffic.rate().toFixed(0)} meanwhile`,
      );

      expect(failed).toBe(0);
      expect(traffic.failures).toEqual([]);
      expect(traffic.writes).toBeGreaterThan(0);
      expect(
        await count(`vault_secrets secret WHERE generation <
          (SELECT max(generation) FROM data_keys WHERE tenant_id = secret.tenant_id)`),
      ).toBe(0);
      await expectValues(stored, expected);
    },
  );
});

describe('POST /admin/vault/rewrap', () => {
  beforeEach(async () => {
    await rotate(() => storeMany(app, 10, 1));
  });

  test('and GET /admin/vault refuse whoever is not the operator', async () => {
    expect((await gatehouse.call('POST', '/admin/vault/rewrap', { json: {} })).status).toBe(401);
    expect((await gatehouse.get('/admin/vault')).status).toBe(401);
    expect((await gatehouse.get('/admin/vault/tombstones')).status).toBe(401);
    expect(await status()).toBeNull();
  });

  test('refuses what it does not know', async () => {
    for (const bad of [{ data_keys: 'drop' }, { dry_run: 'yes' }, { key: 'k1' }])
      expect((await rewrap(bad as object)).status).toBe(400);
  });

  test('tried out says how much there is to do, and begins nothing', async () => {
    const tried = await rewrap({ data_keys: 'replace', dry_run: true });
    expect(tried.status).toBe(200);
    expect(tried.json).toMatchObject({ data_keys: 'replace' });
    expect(await status()).toBeNull();
  });

  test('answers the running one; the vault shows ids of keys, counts and progress, and never a key', async () => {
    const begun = await rewrap({});
    expect(begun.status).toBe(202);
    await finished();
    const shown = await gatehouse.admin('GET', '/admin/vault');
    expect(shown.json).toMatchObject({
      keys: [
        { id: 'k2', primary: true, data_keys: 2 },
        { id: 'k1', primary: false, data_keys: 0 },
      ],
      missing_keys: [],
      rewrap: { id: begun.at('id'), state: 'finished', data_keys: 'keep', key_id: 'k2', failed: 0, eta_seconds: null },
    });
    for (const { key } of [older, newer]) {
      expect(shown.text).not.toContain(key.toString('base64'));
      expect(shown.text).not.toContain(key.toString('hex'));
    }
    const audit = await gatehouse.admin('GET', `/admin/platform/audit?subject=${begun.at('id')}`);
    expect(audit.at('entries.0.action')).toBe('vault.rewrap_finished');
    expect(audit.at('entries.1.actor')).toBe('admin-token');
  });
});
