import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  createTestDatabase,
  startService,
  type ServiceProcess,
  type TestDatabase,
  ZapierEmulator,
} from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';
import { conformsTo } from './conforms.js';
import { readPublishedDocument } from './published-document.js';

const published = readPublishedDocument();
const isMissing = 'missing' in published;
const UPSTREAM = '/upstreams/zapier';

type Listed = Record<'id' | 'key' | 'title' | 'source', string>;

let database: TestDatabase;
let service: ServiceProcess;
let gatehouse: Gatehouse;
let emulator: ZapierEmulator;
let partner: Partner;
let ada: EmbedUser;
let slack: string;
let remoteId: string;

const adaThere = { org: 'org-1', sub: 'ada' };

beforeAll(async () => {
  database = await createTestDatabase();
  service = await startService({ databaseUrl: database.url, env: { RATE_LIMITS: 'off' } });
  gatehouse = new Gatehouse(service.url, service.adminToken);
  partner = await Partner.enrol(gatehouse, { slug: 'acme' });
  emulator = await ZapierEmulator.start(partnerAt('acme'));
  for (const name of ['Acme CRM', 'Zebra Mail']) await gatehouse.admin('POST', '/admin/apps', document(name));
  await connectUpstream('acme');
  ada = await EmbedUser.signIn(gatehouse, partner, 'ada');
  slack = await appId('Slack');
  remoteId = await emulator.ask('connect', { user: adaThere, app: 'SlackCLIAPI', title: 'Ada on Slack' });
});
afterEach(async () => {
  await emulator.ask('refuse', { refuses: false });
  await emulator.ask('clearRules', {});
});
afterAll(async () => {
  await service?.stop();
  await emulator?.close();
  await database?.drop();
});

const document = (title: string) => ({
  openapi: '3.0.3',
  info: { title, version: '1' },
  servers: [{ url: 'https://crm.example' }],
  paths: { '/things': { get: { operationId: 'find', responses: { 200: { description: 'Things' } } } } },
});

const partnerAt = (slug: string) => {
  const issuer = `${service.url.replace('127.0.0.1', 'localhost')}/tenants/${slug}`;
  return { partners: [{ issuer, jwksUri: `${issuer}/.well-known/jwks.json`, audience: '127.0.0.1' }] };
};

async function connectUpstream(slug: string): Promise<void> {
  await gatehouse.admin('PUT', `/admin/tenants/${slug}${UPSTREAM}`, {
    mode: 'jwt',
    api_url: emulator.apiUrl,
    token_url: emulator.tokenUrl,
    connect_url: emulator.connectUrl,
    client_id: emulator.partner.clientId,
    client_secret: emulator.partner.clientSecret,
    rate: { per_address: 6000, per_partner: 6000 },
  });
  await vi.waitFor(
    async () => {
      const { json } = await gatehouse.admin('GET', `/admin/tenants/${slug}${UPSTREAM}`);
      expect(json).toMatchObject({ health: { synced_at: expect.any(String) as string } });
    },
    { timeout: 20_000, interval: 100 },
  );
}

const list = async (path: string, user = ada) => {
  const answer = await user.get(path);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.text}`);
  return answer.json as { data: Listed[]; meta: { count: number; warnings?: { source: string; code: string }[] } };
};
const appId = async (title: string) => (await list(`/v2/apps?query=${encodeURIComponent(title)}`)).data[0]?.id ?? '';
const actionId = async (key: string, app = slack) => {
  const found = (await list(`/v2/actions?limit=100&app=${app}`)).data.find((action) => action.key === key);
  return encodeURIComponent(found?.id ?? '');
};
const authentication = async (user = ada) => (await list(`/v2/authentications?app=${slack}`, user)).data[0]?.id ?? '';
const data = async (inputs: object = {}) => ({ data: { authentication: await authentication(), inputs } });

describe.skipIf(isMissing)(
  `answers about an upstream's apps${isMissing ? ` (skipped: ${published.missing})` : ''}`,
  () => {
    const conforms = conformsTo(published);
    const quirks = ['numeric_ids', 'links_previous', 'array_of_envelopes', 'status_as_string'] as const;

    describe.each<[string, readonly (typeof quirks)[number][]]>([
      ['as its documents have them', []],
      ['with all its quirks', quirks],
    ])('%s', (_, kinds) => {
      const set = () =>
        emulator.ask(
          'rule',
          kinds.map((kind) => ({ kind, path: '/v2/*' })),
        );

      test.each([
        ['GET /v2/apps', '/v2/apps?limit=3&offset=9'],
        ['GET /v1/apps', '/v1/apps?per_page=20&page=2'],
        ['GET /v1/categories', '/v1/categories'],
        ['GET /v2/whitelabel/apps', '/v2/whitelabel/apps?search=s'],
        ['GET /v2/actions', '/v2/actions?app=SLACK'],
        ['GET /v2/authentications', '/v2/authentications?app=SLACK'],
      ])('%s at %s', async (operation, path) => {
        await set();
        conforms(operation, 200, await ada.get(path.replace('SLACK', slack)));
      });

      test('POST …/inputs, …/choices, …/outputs, …/test', async () => {
        await set();
        const message = await actionId('channel_message');
        const inputs = await data({ workspace: 'acme', as_bot: 'True' });
        const path = `/v2/actions/${message}`;
        conforms('POST /v2/actions/{action_id}/inputs', 200, await ada.post(`${path}/inputs`, inputs));
        const choices = await ada.post(`${path}/inputs/channel/choices?page=2`, inputs);
        conforms('POST /v2/actions/{action_id}/inputs/{input_id}/choices', 200, choices);
        expect(choices.json).toMatchObject({ links: { next: expect.stringContaining('page=3') }, meta: { page: 2 } });
        conforms('POST /v2/actions/{action_id}/outputs', 200, await ada.post(`${path}/outputs`, inputs));
        const mention = `/v2/actions/${await actionId('new_mention')}`;
        const tested = await ada.post(`${mention}/test`, await data({ word: 'x' }));
        conforms('POST /v2/actions/{action_id}/test', 200, tested);
        expect(tested.json).toMatchObject({ data: [{ text: 'About x, 1' }, {}, {}, {}, {}] });
      });

      test('what it refuses', async () => {
        await set();
        const message = await actionId('channel_message');
        const wrong = await data({ workspace: 'acme', channel: 'nowhere', text: 'x' });
        const refused = await ada.post(`/v2/actions/${message}/test`, wrong);
        conforms('POST /v2/actions/{action_id}/test', 400, refused);
        expect(refused.json).toMatchObject({ errors: [{ code: 'test_failed' }] });
      });
    });
  },
);

describe('the lists of a tenant with an upstream', () => {
  test('have each app of both sources once, over all pages', async () => {
    const found: Listed[] = [];
    for (let offset = 0; ; offset += 7) {
      const page = await list(`/v2/apps?limit=7&offset=${offset}`);
      found.push(...page.data);
      expect(page.meta.count).toBe(40);
      if (page.data.length < 7) break;
    }
    expect(new Set(found.map(({ id }) => id)).size).toBe(40);
    expect(found.map(({ title }) => title)).toEqual(found.map(({ title }) => title).toSorted());
    expect(found.filter(({ source }) => source === 'local').map(({ title }) => title)).toEqual([
      'Acme CRM',
      'Zebra Mail',
    ]);
    expect(found.filter(({ source }) => source === 'zapier')).toHaveLength(38);
  });

  test('show what is connected there under an id of ours, and that it is from there', async () => {
    const id = await authentication();
    expect(id).not.toBe(remoteId);
    expect((await ada.get(`/v2/authentications/${id}`)).json).toMatchObject({
      data: { id, app: slack, title: 'Ada on Slack', is_expired: false, source: 'zapier' },
    });
    const actions = await list(`/v2/actions?app=${slack}`);
    expect(new Set(actions.data.map(({ source }) => source))).toEqual(new Set(['zapier']));
  });

  test('are answered while it is down, with a warning', async () => {
    const before = await authentication();
    await emulator.ask('refuse', { refuses: true });
    const connections = await list(`/v2/authentications?app=${slack}`);
    expect(connections.data.map(({ id }) => id)).toEqual([before]);
    expect(connections.meta.warnings).toMatchObject([{ source: 'zapier', code: 'failing' }]);
    const apps = await list('/v2/apps?limit=100');
    expect(apps.data).toHaveLength(40);
    expect(apps.meta.warnings).toMatchObject([{ source: 'zapier', code: 'failing' }]);
    const unasked = apps.data.find(({ key }) => key === 'zapier.TrelloCLIAPI');
    const actions = await list(`/v2/actions?app=${String(unasked?.id)}`);
    expect(actions.data).toEqual([]);
    expect(actions.meta.warnings).toMatchObject([{ source: 'zapier', code: 'failing' }]);
    const asked = await ada.post(`/v2/actions/up:${slack}.WRITE.channel_message/inputs`, { data: {} });
    expect([asked.status, asked.at('errors.0.code')]).toEqual([400, 'third_party_failed']);
  });
});

const answers = async (user: EmbedUser, app: string, connection: string) => {
  const id = encodeURIComponent(`up:${app}.WRITE.channel_message`);
  const body = { data: { authentication: connection, inputs: {} } };
  const all = await Promise.all([
    user.get(`/v2/actions?app=${app}`),
    user.get(`/v2/authentications?app=${app}`),
    user.get(`/v2/authentications/${connection}`),
    user.post(`/v2/actions/${id}/inputs`, body),
    user.post(`/v2/actions/${id}/inputs/channel/choices`, body),
    user.post(`/v2/actions/${id}/outputs`, body),
    user.post(`/v2/actions/${id}/test`, body),
    gatehouse.call('DELETE', `/v2/authentications/${connection}`, { bearer: user.token }),
  ]);
  return all.map(({ status, json }) => ({ status, json }));
};

describe("what is another's is as missing as what never was", () => {
  const missing = '00000000-0000-4000-8000-000000000000';
  test('of another tenant', async () => {
    const other = await EmbedUser.signIn(gatehouse, await Partner.enrol(gatehouse, { slug: 'globex' }), 'ada');
    const connection = await authentication();
    const refused = await answers(other, slack, connection);
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 404));
    expect(refused).toEqual(await answers(other, missing, missing));
    expect((await list('/v2/apps?limit=100', other)).data.map(({ source }) => source)).toEqual(['local', 'local']);
  });

  test('of another user of the tenant', async () => {
    const bob = await EmbedUser.signIn(gatehouse, partner, 'bob');
    const connection = await authentication();
    expect((await list(`/v2/authentications?app=${slack}`, bob)).data).toEqual([]);
    const [, , ...refused] = await answers(bob, slack, connection);
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 404));
    expect(refused).toEqual((await answers(bob, slack, missing)).slice(2));
  });
});

test('a connection is taken away here, and what the upstream made of it is said', async () => {
  const trello = await appId('Trello');
  await emulator.ask('connect', { user: adaThere, app: 'TrelloCLIAPI', title: 'Ada on Trello' });
  const [held] = (await list(`/v2/authentications?app=${trello}`)).data;
  const gone = await gatehouse.call('DELETE', `/v2/authentications/${held?.id}`, { bearer: ada.token });
  expect(gone.json).toMatchObject({ data: { deleted: true }, meta: { revocation: 'unsupported' } });
  expect((await list(`/v2/authentications?app=${trello}`)).data).toEqual([]);
});

test('an account of an app that takes a key is made there', async () => {
  const mailchimp = await appId('Mailchimp');
  const body = { data: { title: 'News', app: mailchimp, authentication_fields: { api_key: 'k' } } };
  const made = await ada.post('/v2/authentications', body);
  expect([made.status, made.at('data.0.title'), made.at('data.0.source')]).toEqual([201, 'News', 'zapier']);
  expect(await emulator.ask('connections')).toContainEqual(expect.objectContaining({ title: 'News' }));
});
