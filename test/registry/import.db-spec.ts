import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { json } from '#libs/testing';
import { expectRefusal } from '../main-job/error-format.js';
import { AdminDesk, PATH, SECRET, withKey, withTokens } from './admin-desk.js';
import { RegistryScene } from './registry-scene.js';

let scene: RegistryScene;
let desk: AdminDesk;

beforeAll(async () => {
  scene = await RegistryScene.start();
  desk = new AdminDesk(scene);
});
beforeEach(async () => {
  scene.server.answerWith(json(200, { id: 7, name: 'Ada L.' }));
  await scene.database.query(`DELETE FROM connections`);
});
afterAll(() => scene?.close());

describe('an import', () => {
  test('answers each connection on its own, and writes the good ones', async () => {
    const answer = await desk.import([
      withKey('ada'),
      withKey('bob', { app: 'nothing' }),
      'not even an object',
      withKey('eve', { credentials: { kind: 'basic', username: SECRET, password: SECRET } }),
      withKey('joe', { credentials: { kind: 'apiKey', value: `${SECRET}\r\n` } }),
      withKey('kim', { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [index, SECRET])) }),
      withKey('lea', { colour: SECRET }),
      withTokens('mia', {}),
      withTokens('noa', { access_token: SECRET, expires_at: '2026-W10' }),
      withKey('ned'),
    ]);
    expect(answer).toMatchObject({ dry_run: false, created: 2, updated: 0, failed: 8 });
    expect(answer.results.map(({ index, outcome, external_id }) => [index, outcome, external_id])).toEqual([
      [0, 'created', 'ext-ada'],
      [1, 'failed', 'ext-bob'],
      [2, 'failed', null],
      [3, 'failed', 'ext-eve'],
      [4, 'failed', 'ext-joe'],
      [5, 'failed', 'ext-kim'],
      [6, 'failed', 'ext-lea'],
      [7, 'failed', 'ext-mia'],
      [8, 'failed', 'ext-noa'],
      [9, 'created', 'ext-ned'],
    ]);
    const pointers = [
      '/app',
      '',
      '/credentials/kind',
      '/credentials/value',
      '/metadata',
      '/colour',
      '/credentials',
      '/credentials/expires_at',
    ];
    expect(answer.results.flatMap(({ reasons = [] }) => reasons)).toMatchObject(
      pointers.map((pointer) => ({ pointer })),
    );
    expect((await desk.list()).connections.map(({ user }) => user)).toEqual(['ned', 'ada']);
  });

  test.each<[string, string, object, string]>([
    ['apiKey', 'key-app', { value: SECRET }, SECRET],
    ['bearer', 'bearer-app', { token: SECRET }, `Bearer ${SECRET}`],
    [
      'basic',
      'basic-app',
      { username: 'u', password: SECRET },
      `Basic ${Buffer.from(`u:${SECRET}`).toString('base64')}`,
    ],
    ['oauth2', 'oauth-app', { access_token: SECRET, refresh_token: 'r' }, `Bearer ${SECRET}`],
  ])('of %s makes a connection that its user runs actions with', async (kind, app, credentials, sent) => {
    const { results } = await desk.import([withKey('ada', { app, credentials: { kind, ...credentials } })]);
    const ada = await scene.user('ada');
    const appId = await scene.appId(app as 'key-app');
    const actions = await ada.get(`/v2/actions?app=${appId}`);
    const body = { data: { action: actions.at('data.0.id'), authentication: results[0]?.id, inputs: {} } };
    const run = await ada.ended((await ada.post('/v2/action-runs', body)).at('data.id'));
    expect(run.at('data.status')).toBe('success');
    const [request] = scene.server.requests;
    expect(request?.headers['x-key'] ?? request?.headers.authorization).toBe(sent);
  });

  test('a dry run says the same and writes nothing', async () => {
    await desk.import([withKey('ada')]);
    const before = await desk.rows();
    const answer = await desk.import([withKey('ada'), withKey('zoe'), withKey('bob', { app: 'nothing' })], {
      dry_run: true,
    });
    expect(answer).toMatchObject({ dry_run: true, created: 1, updated: 1, failed: 1 });
    expect(await desk.rows()).toEqual(before);
  });

  test('once more ends where the first one did', async () => {
    const connections = [withKey('ada'), withKey('bob', { sharing: 'org', metadata: { a: 1 }, is_default: true })];
    const first = await desk.import(connections);
    const before = (await desk.list()).connections;
    const second = await desk.import(connections);
    expect(second).toMatchObject({ created: 0, updated: 2 });
    expect(second.results.map(({ id }) => id)).toEqual(first.results.map(({ id }) => id));
    expect((await desk.list()).connections).toEqual(before);
  });

  test('of the same external id by several at once makes one connection', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => desk.import([withKey('ada'), withKey('bob')])));
    expect(answers.reduce((sum, { created }) => sum + created, 0)).toBe(2);
    expect(answers.reduce((sum, { failed }) => sum + failed, 0)).toBe(0);
    expect((await desk.list()).connections).toHaveLength(2);
  });

  test("takes nobody else's connection by its external id", async () => {
    await desk.import([withKey('ada')]);
    const answer = await desk.import([
      withKey('bob', { external_id: 'ext-ada' }),
      withTokens('ada', { access_token: 'x' }),
    ]);
    expect(answer).toMatchObject({ failed: 2, created: 0, updated: 0 });
    expect(await scene.database.query(`SELECT 1 FROM connections`)).toHaveLength(1);
  });

  test('gives a new connection to an external id whose connection was disconnected', async () => {
    const [before] = (await desk.import([withKey('ada')])).results;
    const ada = await scene.user('ada');
    await scene.gatehouse.call('DELETE', `/v2/authentications/${before?.id}`, { bearer: ada.token });
    const again = await desk.import([withKey('ada')]);
    expect(again.created).toBe(1);
    expect(again.results[0]?.id).not.toBe(before?.id);
  });

  test('is on record: each connection, and how many', async () => {
    await desk.import([withKey('ada'), withKey('bob', { app: 'nothing' })]);
    const [{ id }] = (await desk.list()).connections as [{ id: string }];
    expect((await desk.audited('connection.created')).find(({ subject }) => subject === id)?.actor).toBe('admin-token');
    expect((await desk.audited('connections.imported')).at(-1)?.details).toEqual({ created: 1, updated: 0, failed: 1 });
  });

  test('with a value that no header can hold is refused at its place', async () => {
    const bad = ['schl\u00fcssel', ' k', 'k\u2028'].map((value) =>
      withKey('ada', { credentials: { kind: 'apiKey', value } }),
    );
    const bearer = withKey('ada', { app: 'bearer-app', credentials: { kind: 'bearer', token: 'a b' } });
    const oauth = withTokens('ada', { access_token: 'schl\u00fcssel' });
    const { results } = await desk.import([
      ...bad,
      bearer,
      oauth,
      withKey('bob', { credentials: { kind: 'apiKey', value: 'Token k' } }),
    ]);
    const pointers = ['value', 'value', 'value', 'token', 'access_token'].map((name) => `/credentials/${name}`);
    expect(results.flatMap(({ reasons = [] }) => reasons)).toMatchObject(pointers.map((pointer) => ({ pointer })));
    expect(results.at(-1)).toMatchObject({ outcome: 'created' });
  });

  test.each([
    [{}, '/connections'],
    [{ connections: [] }, '/connections'],
    [{ connections: Array.from({ length: 501 }, () => ({})) }, '/connections'],
    [{ connections: [{}], dry_run: 'yes' }, '/dry_run'],
    [{ connections: [{}], colour: 'red' }, '/colour'],
  ])('refuses %.60j', async (body, pointer) =>
    expectRefusal(await desk.call('POST', `${PATH}/import`, body), 'admin', 400, {
      errors: [expect.objectContaining({ pointer })],
    }),
  );
});

const keys = () => scene.server.requests.map(({ headers }) => headers['x-key']);

describe('an import that verifies', () => {
  const verify = { verify: true };

  test('tries each connection, takes the account that its app names, and keeps none that is refused', async () => {
    scene.server.answerWith((request, response) => {
      const isGood = request.headers['x-key'] === `${SECRET}-ada`;
      return json(isGood ? 200 : 401, { id: 7, name: 'Ada L.' })(request, response);
    });
    const answer = await desk.import([withKey('ada'), withKey('bob')], verify);
    expect(answer).toMatchObject({ created: 1, failed: 1 });
    expect(answer.results).toMatchObject([{ verified: true }, { reasons: [{ pointer: '/credentials' }] }]);
    expect(new Set(keys())).toEqual(new Set([`${SECRET}-ada`, `${SECRET}-bob`]));
    expect((await desk.list()).connections).toMatchObject([{ user: 'ada', account: { id: '7', title: 'Ada L.' } }]);
  });

  test('refuses credentials of another account, and those of nobody', async () => {
    const other = withKey('ada', { account: { id: '8' } });
    const same = withKey('bob', { account: { id: '7', title: 'Mine' } });
    const { results } = await desk.import([other, same], verify);
    expect(results).toMatchObject([{ reasons: [{ pointer: '/account/id' }] }, { outcome: 'created', verified: true }]);
    expect((await desk.list()).connections).toMatchObject([{ account: { id: '7', title: 'Mine' } }]);
    scene.server.answerWith(json(200, {}));
    expect(await desk.import([withKey('eve')], verify)).toMatchObject({ failed: 1 });
  });

  test('asks nobody about a token that has ended, and says so', async () => {
    const ended = { access_token: SECRET, expires_at: '2026-01-01T00:00:00Z' };
    const { results } = await desk.import([withTokens('ada', ended)], verify);
    expect(results).toMatchObject([{ outcome: 'created', verified: false }]);
    expect(scene.server.requests.filter(({ url }) => url === '/me')).toEqual([]);
  });

  test('gives up an app that does not answer, and fails what is left of it', async () => {
    scene.server.answerWith(json(503, {}));
    const many = Array.from({ length: 35 }, (_, n) => withKey(`user-${n}`));
    expect(await desk.import(many, verify)).toMatchObject({ created: 0, failed: 35 });
    expect(keys().length).toBeLessThanOrEqual(10);
  });

  test('may be a dry run, which writes nothing', async () => {
    const before = await desk.rows();
    const answer = await desk.import([withKey('ada')], { ...verify, dry_run: true });
    expect(answer).toMatchObject({ dry_run: true, created: 1, results: [{ verified: true }] });
    expect(keys()).toEqual([`${SECRET}-ada`]);
    expect(await desk.rows()).toEqual(before);
  });

  test('is not what an import is by itself', async () => {
    scene.server.answerWith(json(401, {}));
    expect(await desk.import([withKey('ada')])).toMatchObject({ created: 1 });
    expect(scene.server.requests).toEqual([]);
  });
});

/** Refresh tokens that the third party was presented with. */
const asked = () =>
  scene.server.requests
    .filter(({ url }) => url === '/token')
    .map(({ body }) => new URLSearchParams(body).get('refresh_token'));
const isRefreshed = () => vi.waitFor(() => expect(asked()).not.toEqual([]), { timeout: 10_000 });
const stored = () =>
  vi.waitFor(
    async () => {
      const [connection] = (await desk.list()).connections;
      expect(new Date(String(connection?.expires_at)).getTime()).toBeGreaterThan(Date.now());
    },
    { timeout: 20_000 },
  );

describe('an imported refresh token', () => {
  const answer = { access_token: 'access-2', refresh_token: 'refresh-2', token_type: 'Bearer', expires_in: 3600 };
  test('without an access token is refreshed at once, and not put back by importing it again', async () => {
    scene.server.answerWith(json(200, answer));
    await desk.import([withTokens('ada', { refresh_token: 'refresh-1' })]);
    await isRefreshed();
    await stored();
    expect(await desk.import([withTokens('ada', { refresh_token: 'refresh-1' })])).toMatchObject({ updated: 1 });
    const [{ id }] = (await desk.list()).connections as [{ id: string }];
    // The next refresh presents the newer one.
    await scene.database.query(`UPDATE connections SET due_at = now() WHERE id = $1`, [id]);
    await vi.waitFor(() => expect(asked()).toEqual(['refresh-1', 'refresh-2']), { timeout: 10_000 });
  });

  test('that is refused asks for the user', async () => {
    scene.server.answerWith(json(400, { error: 'invalid_grant' }));
    await desk.import([withTokens('ada', { refresh_token: 'refresh-1' })]);
    await vi.waitFor(async () => expect((await desk.list('?status=needs_reauth')).connections).toHaveLength(1), {
      timeout: 10_000,
    });
  });
});

test('no answer of all these held a secret', () => {
  expect(scene.gatehouse.bodies.length).toBeGreaterThan(10);
  expect(desk.secretsAnswered()).toEqual([]);
});
