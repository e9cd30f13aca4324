import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantAppView } from '#libs/catalog';
import { RemoteAccounts, Connections, type Connection } from '#libs/connections';
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
import { UpstreamActions, UpstreamModule, type UpstreamActionUse } from './index.js';

let database: TestDatabase;
let emulator: ZapierEmulator;
let app: TestApp;
let tenant: EmulatorTenant;
let userId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  // Each id of an action is good until the next lookup only, as the documents warn.
  emulator = await ZapierEmulator.start({ settings: { actionIdsLive: 'until_next_lookup' } });
  const clock = new FakeClock(new Date());
  app = await startTestApp({ databaseUrl: database.url, imports: [SigningKeysModule, UpstreamModule], clock });
});
beforeEach(async () => {
  tenant = await enrolAtEmulator(app, emulator, { callsPerAddress: 10_000, callsPerPartner: 10_000 });
  userId = await createUser(app, tenant.tenantId);
});
afterEach(async () => {
  await emulator.ask('clearRules', {});
  // A 429 is for all who call from here.
  await app.database.query(`DELETE FROM upstream_budgets`);
  await emulator.ask('forgetCalls');
});
afterAll(async () => {
  await app?.close();
  await emulator?.close();
  await database?.drop();
});

const appOf = (title: string) => copyEmulatorApp(app, tenant, title);

/** An account that the emulator holds, registered. */
async function connected(view: TenantAppView, owner = userId): Promise<Connection> {
  const { tenantId } = tenant;
  const user = await emulatorUser(app, tenant, owner);
  const { remoteKey } = view.definition.security as { remoteKey: string };
  const remoteId = await emulator.ask('connect', { user, app: remoteKey });
  const account = { id: remoteId, title: 'Ada', isExpired: false };
  const id = await app.get(RemoteAccounts).register(tenantId, { userId: owner, appId: view.id }, account, null);
  const connection = await app.get(Connections).byId(tenantId, id);
  if (!connection) throw new Error('The connection is not there.');
  return connection;
}

const use = (view: TenantAppView, type: string, key: string, rest: Partial<UpstreamActionUse> = {}) => {
  const { tenantId } = tenant;
  return { tenantId, userId, app: view, type, key, connection: null, inputs: {}, ...rest };
};
const actions = () => app.get(UpstreamActions);
const rule = (...rules: Rule[]) => emulator.ask('rule', rules);

describe('a failure is told', () => {
  const lost: Rule = { kind: 'lose_reply', path: '/v2/actions/*' };
  it.each<[string, Rule | null, object]>([
    ['of a bad gateway', { kind: 'html', status: 502, path: '/v2/actions/*' }, { code: 'third_party_failed' }],
    ['of a server error', { kind: 'answer', status: 503, path: '/v2/actions' }, { code: 'third_party_failed' }],
    ['of an answer that does not come', lost, { code: 'third_party_failed' }],
    [
      'of what is no list',
      { kind: 'answer', status: 200, body: 'x', path: '/v2/actions/*' },
      { code: 'third_party_failed' },
    ],
    [
      'of too many calls, with when to come back',
      { kind: 'throttle', retryAfterSeconds: 90, path: '/v2/actions' },
      { code: 'third_party_failed', retryAfterSeconds: 90 },
    ],
    ['of an action that is not there', null, { code: 'not_found' }],
  ])('in a sentence: %s', async (_, broken, expected) => {
    const slack = await appOf('Slack');
    if (broken) await rule(broken);
    const key = broken ? 'channel_message' : 'no_such_key';
    await expect(actions().inputs(use(slack, 'WRITE', key))).rejects.toMatchObject(expected);
  });

  it('with its place in the request, where that was wrong', async () => {
    const slack = await appOf('Slack');
    const trello = await appOf('Trello');
    const connection = await connected(trello);
    // As a server that checks more than ours does.
    await expect(actions().inputs(use(slack, 'WRITE', 'channel_message', { connection }))).rejects.toMatchObject({
      list: [{ code: 'invalid', status: 400, source: { pointer: '/data/authentication' } }],
    });
  });

  it.each<[string, Rule | null]>([
    ['that the app refuses', null],
    ['whose answer is lost', { kind: 'lose_reply', path: '/v2/actions/*/test' }],
  ])('of a test %s as test_failed, and it was done once at most', async (_, broken) => {
    const slack = await appOf('Slack');
    const connection = await connected(slack);
    if (broken) await rule(broken);
    const inputs = { workspace: 'acme', channel: broken ? 'C-acme-1' : 'nowhere', text: 'Hello' };
    const asked = use(slack, 'WRITE', 'channel_message', { connection, inputs });
    const failed = actions().test(asked, { limit: 10, offset: 0 });
    await expect(failed).rejects.toMatchObject({ code: 'test_failed' });
    const calls = (await emulator.ask('calls')).filter(({ path }) => path.endsWith('/test'));
    expect(calls).toHaveLength(1);
  });

  it('of a user who is not linked, with the way to link them', async () => {
    const slack = await appOf('Slack');
    await app.database.query(`UPDATE upstreams SET mode = 'user' WHERE tenant_id = $1`, [tenant.tenantId]);
    // What is known of an upstream is believed for a second.
    app.clock.advance(2);
    await expect(actions().list(tenant.tenantId, userId, slack)).rejects.toMatchObject({
      code: 'upstream_unlinked',
      meta: { upstream: 'zapier', link: 'http://localhost:3000/oauth/upstream/zapier/start' },
    });
  });
});
