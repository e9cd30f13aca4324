import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantAppView } from '#libs/catalog';
import {
  Connections,
  DeletedConnections,
  Disconnection,
  UnconfirmedConnections,
  RevocationWorker,
  type Connection,
} from '#libs/connections';
import { Secret } from '#libs/crypto';
import { SigningKeysModule } from '#libs/signing-keys';
import {
  copyEmulatorApp,
  createTestDatabase,
  createUser,
  emulatorUser,
  enrolAtEmulator,
  FakeClock,
  startTestApp,
  type EmulatorTenant,
  type Rule,
  type TestApp,
  type TestDatabase,
  ZapierEmulator,
} from '#libs/testing';
import { UpstreamAuthentications, UpstreamModule } from './index.js';

let database: TestDatabase;
let emulator: ZapierEmulator;
let app: TestApp;
let tenant: EmulatorTenant;
let userId: string;
let slack: TenantAppView;

beforeAll(async () => {
  database = await createTestDatabase();
  emulator = await ZapierEmulator.start();
  const clock = new FakeClock(new Date());
  app = await startTestApp({ databaseUrl: database.url, imports: [SigningKeysModule, UpstreamModule], clock });
});
beforeEach(async () => {
  tenant = await enrolAtEmulator(app, emulator, { callsPerAddress: 10_000, callsPerPartner: 10_000 });
  userId = await createUser(app, tenant.tenantId);
  slack = await copyEmulatorApp(app, tenant, 'Slack');
});
afterEach(async () => {
  await emulator.ask('refuse', { refuses: false });
  await emulator.ask('clearRules', {});
  // A 429 is for all who call from here.
  await app.database.query(`DELETE FROM upstream_budgets`);
});
afterAll(async () => {
  await app?.close();
  await emulator?.close();
  await database?.drop();
});

/** The same time passes there. */
async function advance(seconds: number): Promise<void> {
  app.clock.advance(seconds);
  await emulator.ask('setTime', { at: app.clock.now().toISOString() });
}

/** @returns its id at the emulator */
async function held(title: string, key = 'SlackCLIAPI', owner = userId): Promise<string> {
  return emulator.ask('connect', { user: await emulatorUser(app, tenant, owner), app: key, title });
}

const read = (owner = userId, mayAdd = () => Promise.resolve(true)) =>
  app.get(UpstreamAuthentications).keepInStep(tenant.tenantId, owner, slack, mayAdd);

async function registered(owner = userId): Promise<Connection[]> {
  const filter = { appId: slack.id, limit: 100, offset: 0 };
  const { connections } = await app.get(Connections).list(tenant.tenantId, owner, filter);
  return connections.toSorted((one, other) => one.title.localeCompare(other.title));
}

const seen = async (owner?: string) => (await registered(owner)).map(({ title, status }) => `${title}: ${status}`);

describe('an account that was disconnected here', () => {
  it('is told to the upstream, and does not come back where that has no such call', async () => {
    await held('Ada');
    await read();
    const [ada] = await registered();
    const outcome = await app.get(Disconnection).disconnect(tenant.tenantId, userId, ada?.id ?? '', null);
    expect(outcome).toBe('unsupported');
    await read();
    expect(await seen()).toEqual([]);
    await advance(40 * 86_400);
    await app.get(DeletedConnections).deleteExpired(100);
    const kept = await app.database.query(
      `SELECT title, account_title, account_id IS NOT NULL AS known FROM connections WHERE tenant_id = $1`,
      [tenant.tenantId],
    );
    expect(kept).toEqual([{ title: '', account_title: null, known: true }]);
    await read();
    expect(await seen()).toEqual([]);
  });

  it.each<[string, Rule, string]>([
    ['revoked, where it takes it', { kind: 'answer', status: 200, body: { data: { deleted: true } } }, 'revoked'],
    ['unsupported for a wrong method', { kind: 'answer', status: 405 }, 'unsupported'],
    ['failed where it refuses', { kind: 'answer', status: 403 }, 'failed'],
    ['left to a worker where it fails', { kind: 'answer', status: 503 }, 'pending'],
  ])('is %s', async (_, rule, outcome) => {
    const id = await held('Ada');
    await read();
    const [ada] = await registered();
    await emulator.ask('rule', { ...rule, method: 'DELETE', path: `/v2/authentications/${id}` });
    expect(await app.get(Disconnection).disconnect(tenant.tenantId, userId, ada?.id ?? '', null)).toBe(outcome);
  });
});

it('a consent that nobody confirmed is let go there, and its account is kept out', async () => {
  const id = await held('Victim');
  const credentials = new Secret({ kind: 'upstream' as const, id });
  const account = { id, title: 'Victim' };
  const values = { userId, appId: slack.id, title: 'Victim', status: 'pending', account, credentials } as const;
  await app.get(Connections).establish(tenant.tenantId, values, null);
  await read();
  expect(await seen()).toEqual(['Victim: pending']);
  await emulator.ask('forgetCalls');
  await advance(1801);
  await app.get(UnconfirmedConnections).deleteExpired(100);
  await read();
  expect(await seen()).toEqual([]);
  const worker = app.get(RevocationWorker);
  await advance(1801);
  worker.wake();
  await expect
    .poll(async () =>
      (await emulator.ask('calls')).filter(({ method, path }) => method === 'DELETE' && path.endsWith(id)),
    )
    .toMatchObject([{ path: `/v2/authentications/${id}` }]);
  await worker.stop();
});
