import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import { type Clock, SystemClock } from '#libs/scheduling';
import { SigningKeysModule } from '#libs/signing-keys';
import { Tenants, Users } from '#libs/tenants';
import {
  adoptApp,
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
import { EmbedUser } from '../main-job/embed-user.js';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';

let database: TestDatabase;
let emulator: ZapierEmulator;
let app: TestApp<Clock>;
let service: ServiceProcess;
let gatehouse: Gatehouse;
let ada: EmbedUser;
let trello: UpstreamOwner;
let notion: UpstreamOwner;

beforeAll(async () => {
  database = await createTestDatabase();
  emulator = await ZapierEmulator.start({ settings: { runMilliseconds: 1500, callbackClaims: true } });
  const imports = [CatalogModule, ConnectionsModule, SigningKeysModule, UpstreamModule];
  app = await startTestApp<Clock>({ databaseUrl: database.url, imports, clock: new SystemClock() });
  const keyring = app.keyring.map(({ id, key }) => `${id}:${key.toString('base64')}`).join(',');
  service = await startService({ databaseUrl: database.url, env: { VAULT_KEYRING: keyring } });
  gatehouse = new Gatehouse(service.url, service.adminToken);
  const partner = await Partner.enrol(gatehouse, { slug: 'acme' });
  ada = await EmbedUser.signIn(gatehouse, partner, 'ada');
  const { id: tenantId } = await app.get(Tenants).bySlug('acme');
  const tenant = await newUpstreamTenant(app, emulator, {}, tenantId);
  const userId = await app.get(Users).findOrCreate(tenantId, 'org-1', 'ada');
  const own = async (title: string) =>
    newUpstreamOwner(app, emulator, tenant, { appId: await adoptApp(app, tenant, title), title, userId });
  trello = await own('trello');
  notion = await own('notion');
});
afterAll(async () => {
  await service?.stop();
  await app?.close();
  await emulator?.close();
  await database?.drop();
});

const cardOf = ({ appId }: UpstreamOwner) => `up:${appId}.WRITE.create_card`;
const body = (changes: object = {}) => ({
  data: { action: cardOf(trello), authentication: trello.connectionId, inputs: { name: 'Ada' }, ...changes },
});
const runs = '/v2/action-runs';

describe('a run of an app that comes through an upstream', () => {
  test('is asked for by app, type and key, names its source, and is found by its app', async () => {
    const id = (await ada.post(runs, body())).at('data.id');
    expect((await ada.get(`${runs}/${id}`)).json).toMatchObject({ data: { status: 'waiting', source: 'zapier' } });
    expect((await ada.ended(id)).json).toMatchObject({
      data: { type: 'run', id, status: 'success', source: 'zapier', results: [{ name: 'Ada' }], errors: [] },
    });
    const listed = (await ada.get(`${runs}?app=${trello.appId}`)).json as { data: { id: string }[] };
    expect(listed.data).toContainEqual(expect.objectContaining({ id, source: 'zapier' }));
    expect((await ada.get(`${runs}?app=${notion.appId}`)).json).toMatchObject({ data: [] });
  });

  test('is called back about by the upstream, which we check and answer', async () => {
    const id = (await ada.post(runs, body({ inputs: { name: 'called back' } }))).at('data.id');
    await ada.ended(id);
    await vi.waitFor(
      async () => {
        const there = (await emulator.ask('runs')).find(({ inputs }) => inputs.name === 'called back');
        expect(there?.callbacks).toEqual([204]);
      },
      { timeout: 20_000 },
    );
  });

  test('says whether a request with a key was the first of its kind', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const post = () => gatehouse.call('POST', runs, { bearer: ada.token, json: body(), headers });
    const [first, again] = [await post(), await post()];
    expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([
      'false',
      'true',
    ]);
    expect(again.at('data.id')).toBe(first.at('data.id'));
  });

  const refused: [string, () => object, number, object][] = [
    ['inputs that are no object', () => ({ inputs: ['Ada'] }), 400, { source: { pointer: '/data/inputs' } }],
    [
      'an app that there is not',
      () => ({ action: `up:${randomUUID()}.WRITE.create_card` }),
      404,
      { code: 'not_found' },
    ],
    ['an id of another form', () => ({ action: `up:${trello.appId}.create_card` }), 404, { code: 'not_found' }],
    [
      'an authentication of another app',
      () => ({ authentication: notion.connectionId }),
      400,
      { source: { pointer: '/data/authentication' } },
    ],
    ['an authentication that there is not', () => ({ authentication: randomUUID() }), 404, { code: 'not_found' }],
  ];
  test.each(refused)('with %s is refused', async (_, changes, status, error) => {
    const answer = await ada.post(runs, body(changes()));
    expect([answer.status, answer.json]).toEqual([status, { errors: [expect.objectContaining(error)] }]);
  });

  test('goes without an authentication as far as the upstream lets it', async () => {
    const id = (await ada.post(runs, body({ authentication: null }))).at('data.id');
    expect((await ada.ended(id)).json).toMatchObject({ data: { errors: [{ code: 'authentication' }] } });
  });
});

const call = (headers: Record<string, string>, text = '{}') =>
  gatehouse.call('POST', '/upstream-callbacks/AAAAAQ', {
    body: text,
    headers: { 'content-type': 'application/json', ...headers },
  });

describe('an address for callbacks', () => {
  test('wants a signature, knows its own tokens alone, and reads no more than 1 MiB', async () => {
    expect((await call({})).status).toBe(401);
    expect((await call({ 'zapier-callback-signature': 'a.b.c' })).status).toBe(404);
    expect((await call({ 'zapier-callback-signature': 'a.b.c' }, JSON.stringify('x'.repeat(1_100_000)))).status).toBe(
      413,
    );
  });
});
