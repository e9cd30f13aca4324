import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { RunsModule } from '#libs/runs';
import { type Clock, SystemClock } from '#libs/scheduling';
import { SigningKeysModule } from '#libs/signing-keys';
import {
  adoptApp,
  createRun,
  createTestDatabase,
  newUpstreamOwner,
  newUpstreamTenant,
  type ServiceProcess,
  startService,
  startTestApp,
  type TestApp,
  type TestDatabase,
  type UpstreamOwner,
  ZapierEmulator,
} from '#libs/testing';
import { UpstreamModule } from '#libs/upstream';

/** The whole proof is 1,000. */
const RUNS = Number(process.env.UPSTREAM_RUNS ?? 200);
const USERS = 20;
const CALLS = 150;
/** A minute, ten times as fast. Looks at a run are as far apart as they are in earnest. */
const WINDOW_SECONDS = 6;
/** A call in flight at the kill is one whose answer nobody heard. */
const MOST_UNKNOWN = 10;
const AT_ONCE = 20;
const SETTLE_MILLISECONDS = 150_000;

let database: TestDatabase;
let emulator: ZapierEmulator;
let app: TestApp<Clock>;
const services: ServiceProcess[] = [];
let keyring: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const windowMilliseconds = WINDOW_SECONDS * 1000;
  const rateLimit = {
    perAddress: CALLS,
    perPartner: CALLS,
    windowMilliseconds,
    cooldownMilliseconds: windowMilliseconds,
  };
  // In a process of its own: it judges calls by when they come, whatever this process is busy with.
  emulator = await ZapierEmulator.startProcess({ settings: { rateLimit, runMilliseconds: 200 } });
  const imports = [CatalogModule, ConnectionsModule, SigningKeysModule, UpstreamModule, RunsModule];
  app = await startTestApp<Clock>({ databaseUrl: database.url, imports, clock: new SystemClock() });
  keyring = app.keyring.map(({ id, key }) => `${id}:${key.toString('base64')}`).join(',');
});
afterAll(async () => {
  for (const service of services) await service.kill();
  await app?.close();
  await emulator?.close();
  await database?.drop();
});

const start = async () => {
  const service = await startService({ databaseUrl: database.url, env: { VAULT_KEYRING: keyring } });
  services.push(service);
  return service;
};

async function newOwners(): Promise<UpstreamOwner[]> {
  const limits = { callsPerAddress: CALLS, callsPerPartner: CALLS, windowSeconds: WINDOW_SECONDS };
  const tenant = await newUpstreamTenant(app, emulator, limits);
  const appId = await adoptApp(app, tenant, 'trello');
  const owners: UpstreamOwner[] = [];
  for (let user = 0; user < USERS; user += 1)
    owners.push(await newUpstreamOwner(app, emulator, tenant, { appId, title: 'trello' }));
  return owners;
}

async function createRuns(owners: readonly UpstreamOwner[]): Promise<void> {
  for (let first = 0; first < RUNS; first += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, RUNS - first) }, (_, index) => first + index);
    await Promise.all(
      batch.map((number) => {
        const owner = owners[number % owners.length] as UpstreamOwner;
        const actionKey = number % 4 === 0 ? 'SEARCH.find_card' : 'WRITE.create_card';
        const inputs = new Secret({ name: `run-${number}` });
        return createRun(app, owner.tenantId, { ...owner, actionKey, upstream: 'zapier', inputs });
      }),
    );
  }
}

async function states(): Promise<Record<string, number>> {
  const rows = await app.database.query<{ state: string; count: number }>(
    `SELECT CASE WHEN finished_at IS NULL THEN 'open' ELSE state END AS state, count(*)::int FROM runs GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

const untilOpen = (most: number) =>
  vi.waitFor(async () => expect((await states()).open ?? 0).toBeLessThanOrEqual(most), {
    timeout: SETTLE_MILLISECONDS,
    interval: 200,
  });

test(
  `${RUNS} runs of ${USERS} users under ${CALLS} calls a minute all end without one call too many, though processes are killed in the middle`,
  { timeout: 2 * SETTLE_MILLISECONDS },
  async () => {
    const [first] = await Promise.all([start(), start()]);
    await createRuns(await newOwners());
    await untilOpen(RUNS * 0.6);
    await first.kill();
    await start();
    await untilOpen(0);

    const { succeeded = 0, outcome_unknown: unknown = 0, ...others } = await states();
    expect(others).toEqual({});
    expect(succeeded + unknown).toBe(RUNS);
    expect(unknown).toBeLessThanOrEqual(MOST_UNKNOWN);
    const calls = await emulator.ask('calls');
    expect(calls.filter(({ status }) => status === 429)).toEqual([]);
    const writes = await emulator.ask('writes');
    expect(writes.filter(({ times }) => times > 1)).toEqual([]);
    const asked = Math.floor((RUNS * 3) / 4);
    expect(writes.length).toBeLessThanOrEqual(asked);
    expect(writes.length).toBeGreaterThanOrEqual(asked - unknown);
    // Looking the action up is shared, creating is not, and most runs are done at the first or second look.
    expect(calls.length / RUNS).toBeLessThan(5);
  },
);
