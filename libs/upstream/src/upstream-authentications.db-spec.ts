import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantAppView } from '#libs/catalog';
import { Connections, ConnectionSettings, RemoteAccounts, type Connection } from '#libs/connections';
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

const QUIRKS: Rule[] = [
  { kind: 'numeric_ids', path: '/v2/*' },
  { kind: 'links_previous', path: '/v2/*' },
  { kind: 'array_of_envelopes', path: '/v2/*' },
];

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

describe.each<[string, Rule[]]>([
  ['as the documents have them', []],
  ['with all quirks', QUIRKS],
])('accounts that an upstream holds, %s', (_, quirks) => {
  beforeEach(() => emulator.ask('rule', quirks));

  it('are registered once, with their ids, titles and state there', async () => {
    const ids = [await held('Ada'), await held('Bob')];
    await held('Of another app', 'TrelloCLIAPI');
    await emulator.ask('expireConnection', { id: ids[1] ?? '' });
    await Promise.all([read(), read(), read()]);
    expect(await read()).toEqual([]);
    expect(await seen()).toEqual(['Ada: connected', 'Bob: needs_reauth']);
    const [ada] = await registered();
    const kept = await app.get(Connections).credentials(tenant.tenantId, ada?.id ?? '');
    expect(kept?.value.reveal()).toEqual({ kind: 'upstream', id: ids[0] });
  });

  it('are read to the end of their list', async () => {
    for (let at = 0; at < 120; at += 1) await held(`Account ${at}`);
    await read();
    const { count } = await app
      .get(Connections)
      .list(tenant.tenantId, userId, { appId: slack.id, limit: 1, offset: 0 });
    expect(count).toBe(120);
  });
});

describe('an account', () => {
  it('is expired here when it is there, and mended when it is there', async () => {
    const id = await held('Ada');
    await read();
    await emulator.ask('expireConnection', { id });
    await read();
    expect(await seen()).toEqual(['Ada: needs_reauth']);
    await emulator.ask('expireConnection', { id, isExpired: false });
    await read();
    expect(await seen()).toEqual(['Ada: connected']);
  });

  it('that is no longer there can not be used, once it has had time to appear', async () => {
    const id = await held('Ada');
    await read();
    await emulator.ask('removeConnection', { id });
    await read();
    expect(await seen()).toEqual(['Ada: connected']);
    await advance(121);
    await read();
    expect(await seen()).toEqual(['Ada: needs_reauth']);
    expect(await registered()).toMatchObject([{ statusReason: expect.stringContaining('no longer') as string }]);
  });

  it('of another user is not seen', async () => {
    const other = await createUser(app, tenant.tenantId);
    await held('Ada');
    await read(other);
    expect(await seen(other)).toEqual([]);
    expect(await seen()).toEqual([]);
  });

  it('that is switched off here stays so', async () => {
    const id = await held('Ada');
    await read();
    const [ada] = await registered();
    await app.get(ConnectionSettings).change(tenant.tenantId, userId, ada?.id ?? '', { disabled: true }, null);
    await emulator.ask('expireConnection', { id });
    await read();
    expect(await seen()).toEqual(['Ada: disabled']);
  });

  it('keeps the title that its user gave it here', async () => {
    const id = await held('Ada');
    await read();
    const [ada] = await registered();
    await app.get(ConnectionSettings).change(tenant.tenantId, userId, ada?.id ?? '', { title: 'Mine' }, null);
    await emulator.ask('expireConnection', { id });
    await read();
    expect(await seen()).toEqual(['Mine: needs_reauth']);
  });

  it('is not added where the list may not add, and those that are known are kept in step', async () => {
    const id = await held('Ada');
    await read();
    await emulator.ask('expireConnection', { id });
    await held('Bob');
    await read(userId, () => Promise.resolve(false));
    expect(await seen()).toEqual(['Ada: needs_reauth']);
  });
});

async function change(assignment: string): Promise<void> {
  await app.database.query(`UPDATE upstreams SET ${assignment} WHERE tenant_id = $1`, [tenant.tenantId]);
  // What is known of an upstream is believed for a second.
  await advance(2);
}

describe('an upstream that can not be asked leaves what is registered, and says so', () => {
  it.each<[string, string, () => Promise<unknown>]>([
    ['when it is down', 'failing', () => emulator.ask('refuse', { refuses: true })],
    ['when it answers a page', 'failing', () => emulator.ask('rule', { kind: 'html', status: 502, path: '/v2/*' })],
    ['when it has had enough', 'throttled', () => emulator.ask('rule', { kind: 'throttle', retryAfterSeconds: 9 })],
    ['when the user is not linked', 'unlinked', () => change(`mode = 'user'`)],
    ['when it knows no users', 'unlinked', () => change(`mode = 'app'`)],
    ['when it is switched off', 'disabled', () => change('enabled = false')],
  ])('%s: %s', async (_, code, breakIt) => {
    await held('Ada');
    await read();
    await breakIt();
    expect(await read()).toMatchObject([{ source: 'zapier', code }]);
    expect(await seen()).toEqual(['Ada: connected']);
  });
});

const create = (view: TenantAppView, title = 'My list') => {
  const given = { title, fields: { api_key: 'k-1' }, address: null };
  return app.get(UpstreamAuthentications).create(tenant.tenantId, userId, view, given);
};

describe('an account that is given a key', () => {
  it('is made there, registered here, and listed as the same', async () => {
    const mailchimp = await copyEmulatorApp(app, tenant, 'Mailchimp');
    const id = await create(mailchimp);
    slack = mailchimp;
    await read();
    expect(await registered()).toMatchObject([{ id, title: 'My list', status: 'connected' }]);
    const [made] = (await emulator.ask('connections')).filter(({ title }) => title === 'My list');
    const kept = await app.get(Connections).credentials(tenant.tenantId, id);
    expect(kept?.value.reveal()).toEqual({ kind: 'upstream', id: made?.id });
  });

  it('may be there though no answer came: who asked must not ask again unawares, and the next list has it', async () => {
    const mailchimp = await copyEmulatorApp(app, tenant, 'Mailchimp');
    await emulator.ask('rule', { kind: 'lose_reply', method: 'POST', path: '/v2/authentications' });
    await expect(create(mailchimp, 'Lost')).rejects.toMatchObject({ code: 'third_party_failed', mayHaveEffect: true });
    slack = mailchimp;
    await read();
    expect(await seen()).toEqual(['Lost: connected']);
  });

  it('is refused with the place of what was wrong, where the app takes none', async () => {
    await expect(create(slack)).rejects.toMatchObject({
      list: [{ code: 'invalid', source: { pointer: '/data/app' } }],
    });
    expect(await seen()).toEqual([]);
  });
});

it('the same account is registered once, whoever does', async () => {
  const account = { id: await held('Ada'), title: 'Ada', isExpired: false };
  const place = { userId, appId: slack.id };
  const register = () => app.get(RemoteAccounts).register(tenant.tenantId, place, account, null);
  const ids = await Promise.all([register(), register(), read().then(register)]);
  expect(new Set(ids).size).toBe(1);
  expect(await seen()).toEqual(['Ada: connected']);
});
