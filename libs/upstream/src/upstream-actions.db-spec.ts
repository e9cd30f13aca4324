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
const callsTo = async (path: string) => (await emulator.ask('calls')).filter((call) => call.path.endsWith(path));
const rule = (...rules: Rule[]) => emulator.ask('rule', rules);

/** Every way to write a list that its documents and gateways have. */
const QUIRKS: Rule[] = [
  { kind: 'numeric_ids', path: '/v2/*' },
  { kind: 'links_previous', path: '/v2/*' },
  { kind: 'array_of_envelopes', path: '/v2/*' },
  { kind: 'status_as_string', path: '/v2/*' },
];

describe.each<[string, Rule[]]>([
  ['as the documents have it', []],
  ['with all its quirks', QUIRKS],
])('an upstream, %s', (_, quirks) => {
  beforeEach(() => rule(...quirks));

  it('lists the actions of an app, for a user and for a client that names itself', async () => {
    const slack = await appOf('Slack');
    const listed = await actions().list(tenant.tenantId, userId, slack);
    expect(listed).toContainEqual(
      expect.objectContaining({
        key: 'channel_message',
        type: 'WRITE',
        title: 'Send Channel Message',
        isInstant: false,
      }),
    );
    expect(listed.find(({ key }) => key === 'new_mention')).toMatchObject({ type: 'READ', isInstant: true });
    const keys = (await actions().list(tenant.tenantId, null, slack)).map(({ key }) => key);
    expect(keys).toEqual(listed.map(({ key }) => key));
  });

  it('is asked for input fields, which have the form of the wire', async () => {
    const slack = await appOf('Slack');
    const fields = await actions().inputs(use(slack, 'WRITE', 'channel_message', { inputs: { as_bot: 'True' } }));
    expect(fields).toContainEqual({
      type: 'input_field',
      id: 'channel',
      title: 'Channel',
      description: expect.any(String) as string,
      default_value: '',
      placeholder: expect.any(String) as string,
      is_required: true,
      value_type: 'STRING',
      format: 'SELECT',
      depends_on: ['workspace'],
      invalidates_input_fields: false,
    });
    expect(fields).toContainEqual({
      type: 'info_field',
      id: 'hint',
      description: 'Mentions need the *id* of a member.',
    });
    expect(fields).toContainEqual({
      type: 'fieldset',
      id: 'bot',
      title: 'Bot',
      fields: [expect.objectContaining({ type: 'input_field', id: 'bot_name' })],
    });
  });

  it('is asked for choices page by page, with the account that it knows by another id', async () => {
    const slack = await appOf('Slack');
    const connection = await connected(slack);
    const asked = use(slack, 'WRITE', 'channel_message', { connection, inputs: { workspace: 'acme' } });
    const pages = await Promise.all([1, 2, 3].map((page) => actions().choices(asked, 'channel', page, null)));
    expect(pages.map(({ choices, hasMore }) => [choices.length, hasMore])).toEqual([
      [20, true],
      [20, true],
      [5, false],
    ]);
    expect(pages[0]?.choices[0]).toEqual({ id: 'C-acme-1', label: '#acme-1', value: 'C-acme-1' });
  });

  it('is asked for outputs, and does a test', async () => {
    const slack = await appOf('Slack');
    const connection = await connected(slack);
    expect(await actions().outputs(use(slack, 'WRITE', 'channel_message', { connection }), false)).toContainEqual({
      type: 'output_field',
      id: 'message__text',
      title: 'Message Text',
      sample: 'Hello',
    });
    const tested = await actions().test(use(slack, 'READ', 'new_mention', { connection }), { limit: 2, offset: 1 });
    expect(tested.results).toMatchObject([{ text: 'About acme, 2' }, { text: 'About acme, 3' }]);
  });
});

describe('what was answered', () => {
  it('is kept for a while for one user, and for no other', async () => {
    const slack = await appOf('Slack');
    const asked = use(slack, 'WRITE', 'channel_message', { inputs: { workspace: 'acme' } });
    await emulator.ask('forgetCalls');
    await actions().choices(asked, 'channel', 1, null);
    await actions().choices(asked, 'channel', 1, null);
    expect(await callsTo('/choices')).toHaveLength(1);
    await actions().choices({ ...asked, userId: await createUser(app, tenant.tenantId) }, 'channel', 1, null);
    expect(await callsTo('/choices')).toHaveLength(2);
    app.clock.advance(31);
    await actions().choices(asked, 'channel', 1, null);
    expect(await callsTo('/choices')).toHaveLength(3);
  });

  it('is searched here, where the upstream does not search', async () => {
    const slack = await appOf('Slack');
    const asked = use(slack, 'WRITE', 'channel_message', { inputs: { workspace: 'acme' } });
    const { choices } = await actions().choices(asked, 'channel', 1, 'ACME-1');
    expect(choices.map(({ label }) => label)).toContain('#acme-1');
    expect(choices.map(({ label }) => label)).not.toContain('#acme-2');
  });
});

it('a connection that is shared goes out with the token of its owner', async () => {
  const slack = await appOf('Slack');
  const connection = await connected(slack);
  const other = await createUser(app, tenant.tenantId);
  const asked = use(slack, 'READ', 'new_mention', { connection, userId: other });
  await emulator.ask('forgetCalls');
  await actions().test(asked, { limit: 10, offset: 0 });
  const owner = await emulatorUser(app, tenant, userId);
  expect(await callsTo('/test')).toMatchObject([{ user: `${owner.org}/${owner.sub}`, status: 200 }]);
});

it('an id that ended between its lookup and the question is looked up once more', async () => {
  const slack = await appOf('Slack');
  await rule({ kind: 'answer', status: 404, path: '/v2/actions/*/inputs', times: 1 });
  await emulator.ask('forgetCalls');
  expect(await actions().inputs(use(slack, 'WRITE', 'channel_message'))).not.toEqual([]);
  expect((await callsTo('/inputs')).map(({ status }) => status)).toEqual([404, 200]);
});
