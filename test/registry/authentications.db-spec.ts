import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { json, type Answer as AnswerOf, type ReceivedRequest } from '#libs/testing';
import type { Answer } from '../main-job/answer.js';
import type { EmbedUser } from '../main-job/embed-user.js';
import { expectRefusal } from '../main-job/error-format.js';
import { readPublishedDocument } from '../conformance/published-document.js';
import { RegistryScene } from './registry-scene.js';

const SECRET = 'canary-key';
let scene: RegistryScene;
let ada: EmbedUser;
let bob: EmbedUser;
let app: string;

beforeAll(async () => {
  scene = await RegistryScene.start();
  [ada, bob] = [await scene.user('ada'), await scene.user('bob')];
  app = await scene.appId('key-app');
});
beforeEach(() => scene.server.answerWith(json(200, { id: 7, name: 'Ada L.' })));
afterAll(() => scene?.close());

const create = (who: EmbedUser, changes: object = {}) =>
  who.post('/v2/authentications', {
    data: { title: 'My key', app, authentication_fields: { api_key: SECRET }, ...changes },
  });
const created = async (who = ada) => (await create(who)).at('data.0.id');
const call = (who: EmbedUser, method: string, id: string, body?: unknown) =>
  scene.gatehouse.call(method, `/v2/authentications/${id}`, {
    bearer: who.token,
    ...(body !== undefined && { json: body }),
  });
const patch = (who: EmbedUser, id: string, body: unknown) => call(who, 'PATCH', id, body);
const breakOff: AnswerOf = (_, response) => response.destroy();
const dataOf = (answer: Answer) => (answer.json as { data: Record<string, unknown> }).data;

describe('POST /v2/authentications', () => {
  test('refuses the unauthenticated caller, and one without the scope', async () => {
    const body = { data: { title: 'x', app, authentication_fields: {} } };
    expectRefusal(await scene.gatehouse.post('/v2/authentications', body), 'v2', 401);
    const reader = await scene.partner.accessToken('ada', 'connection:read');
    expectRefusal(await scene.gatehouse.post('/v2/authentications', body, reader), 'v2', 403);
  });

  test('answers 201 with the list envelope and one item, as the published document has it', async () => {
    const answer = await create(ada);
    expect(answer.status, answer.text).toBe(201);
    expect(answer.json).toMatchObject({
      data: [
        { type: 'authentication', app, title: 'My key', is_expired: false, account: { id: '7', title: 'Ada L.' } },
      ],
      links: { next: null, prev: null },
      meta: { count: 1, offset: 0 },
    });
    const published = readPublishedDocument();
    if (!('missing' in published))
      expect(published.violations('POST /v2/authentications', 201, answer.json)).toEqual([]);
  });

  test.each<[Parameters<RegistryScene['appId']>[0], object, (request: ReceivedRequest) => unknown, string]>([
    ['key-app', { api_key: SECRET }, ({ headers }) => headers['x-key'], SECRET],
    ['bearer-app', { token: SECRET }, ({ headers }) => headers.authorization, `Bearer ${SECRET}`],
    [
      'basic-app',
      { username: 'ada', password: SECRET },
      ({ headers }) => headers.authorization,
      `Basic ${Buffer.from(`ada:${SECRET}`).toString('base64')}`,
    ],
  ])('tries the credentials of %s first', async (key, fields, sent, value) => {
    const answer = await create(ada, { app: await scene.appId(key), authentication_fields: fields });
    expect(answer.status, answer.text).toBe(201);
    expect(scene.server.requests.map(({ url }) => url)).toEqual(['/me']);
    expect(scene.server.requests.map(sent)).toEqual([value]);
  });

  test.each<[string, AnswerOf]>([
    ['an answer that refuses them', json(401, {})],
    ['a friendly answer that names nobody', json(200, { error: 'invalid key' })],
    ['no answer', breakOff],
  ])('keeps none after %s', async (_, answer) => {
    scene.server.answerWith(answer);
    const before = await ada.get(`/v2/authentications?app=${app}`);
    const refused = await create(ada);
    expectRefusal(refused, 'v2', 400, { code: 'third_party_failed' });
    expect((await ada.get(`/v2/authentications?app=${app}`)).text).toBe(before.text);
  });

  test.each([
    [{ title: undefined }, '/data/title'],
    [{ title: 'x'.repeat(256) }, '/data/title'],
    [{ app: 'key-app' }, '/data/app'],
    [{ authentication_fields: 'x' }, '/data/authentication_fields'],
    [{ authentication_fields: { key: SECRET } }, '/data/authentication_fields/key'],
    [{ authentication_fields: { api_key: `${SECRET}\n` } }, '/data/authentication_fields/api_key'],
    [{ authentication_fields: { api_key: `${SECRET}\u00fc` } }, '/data/authentication_fields/api_key'],
  ])('refuses %.60j at %s, and repeats no value', async (changes, pointer) => {
    const refused = await create(ada, changes);
    expectRefusal(refused, 'v2', 400, { code: 'invalid', source: { pointer } });
    expect(refused.text).not.toContain(SECRET);
  });

  test('refuses an app with OAuth, and one that is not there', async () => {
    const oauth = await create(ada, { app: await scene.appId('oauth-app') });
    expectRefusal(oauth, 'v2', 400, { source: { pointer: '/data/app' } });
    expectRefusal(await create(ada, { app: '00000000-0000-4000-8000-000000000000' }), 'v2', 404);
  });
});

describe('PATCH /v2/authentications/{id}', () => {
  test('refuses the unauthenticated caller, and one without the scope', async () => {
    const id = await created();
    expectRefusal(await scene.gatehouse.call('PATCH', `/v2/authentications/${id}`, { json: {} }), 'v2', 401);
    const bearer = await scene.partner.accessToken('ada', 'connection:read');
    expectRefusal(await scene.gatehouse.call('PATCH', `/v2/authentications/${id}`, { bearer, json: {} }), 'v2', 403);
  });

  test.each([
    ['in the envelope', (changes: object): object => ({ data: changes })],
    ['alone', (changes: object): object => changes],
  ])('takes the members %s', async (_form, wrap) => {
    const id = await created();
    const changes = { title: 'Work', metadata: { a: 1 }, sharing: 'org', disabled: true };
    const answer = await patch(ada, id, wrap(changes));
    const { disabled: _, ...shown } = changes;
    expect([answer.status, dataOf(answer)]).toMatchObject([200, { ...shown, status: 'disabled' }]);
    expect(dataOf(await patch(ada, id, wrap({ disabled: false, metadata: { b: 2 } })))).toMatchObject({
      status: 'connected',
      metadata: { a: 1, b: 2 },
    });
  });

  test('moves the default', async () => {
    const carol = await scene.user('carol');
    const [first, second] = [await created(carol), await created(carol)];
    expect(dataOf(await patch(carol, second, { is_default: true }))).toMatchObject({ is_default: true });
    expect(dataOf(await call(carol, 'GET', first))).toMatchObject({ is_default: false });
    expectRefusal(await patch(carol, second, { is_default: false }), 'v2', 400, {
      source: { pointer: '/data/is_default' },
    });
  });

  test.each([
    [{ title: '' }, '/data/title'],
    [{ title: null }, '/data/title'],
    [{ metadata: 'x' }, '/data/metadata'],
    [{ metadata: [] }, '/data/metadata'],
    [{ metadata: { a: 'x'.repeat(16 * 1024) } }, '/data/metadata'],
    [{ disabled: 'yes' }, '/data/disabled'],
    [{ sharing: 'world' }, '/data/sharing'],
    [{ is_default: null }, '/data/is_default'],
  ])('refuses %.60j at %s', async (changes, pointer) => {
    expectRefusal(await patch(ada, await created(), changes), 'v2', 400, { code: 'invalid', source: { pointer } });
  });

  test('refuses metadata that is nested without end', async () => {
    const deep = `{"data":{"metadata":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}}`;
    const headers = { 'content-type': 'application/json' };
    const path = `/v2/authentications/${await created()}`;
    const answer = await scene.gatehouse.call('PATCH', path, { bearer: ada.token, body: deep, headers });
    expectRefusal(answer, 'v2', 400);
  });
});

describe('a connection that is shared', () => {
  test('is seen and used by others, and changed by none of them', async () => {
    const id = await created();
    expectRefusal(await call(bob, 'GET', id), 'v2', 404);
    await patch(ada, id, { sharing: 'org', metadata: { note: 'mine' } });
    expect(dataOf(await call(bob, 'GET', id))).toMatchObject({ is_owner: false, is_default: false, metadata: {} });
    expect((await call(bob, 'GET', id)).text).not.toContain(SECRET);
    const list = (query: string) => bob.get(`/v2/authentications?app=${app}${query}`);
    expect((await list('')).json).toMatchObject({ data: [] });
    expect((await list('&include_shared=true')).at('data.0.id')).toBe(id);
    expectRefusal(await list('&include_shared=1'), 'v2', 400, { source: { parameter: 'include_shared' } });
    for (const body of [{ title: 'x' }, { sharing: 'private' }, { disabled: true }])
      expectRefusal(await patch(bob, id, body), 'v2', 404);
    expectRefusal(await call(bob, 'DELETE', id), 'v2', 404);
    expect(dataOf(await call(ada, 'GET', id))).toMatchObject({
      is_owner: true,
      sharing: 'org',
      metadata: { note: 'mine' },
    });
  });

  test('is taken by the inputs of an action, for those it is shared with alone', async () => {
    const id = await created();
    const { data } = (await ada.get(`/v2/actions?app=${app}`)).json as { data: { id: string }[] };
    const inputs = (who: EmbedUser) =>
      who.post(`/v2/actions/${encodeURIComponent(data[0]?.id ?? '')}/inputs`, { data: { authentication: id } });
    expectRefusal(await inputs(bob), 'v2', 404, { source: { pointer: '/data/authentication' } });
    await patch(ada, id, { sharing: 'tenant' });
    expect((await inputs(bob)).status).toBe(200);
  });
});

const run = async (id: string, who = ada) => {
  const { data } = (await who.get(`/v2/actions?app=${app}`)).json as { data: { id: string }[] };
  return who.post('/v2/action-runs', { data: { action: data[0]?.id, authentication: id, inputs: {} } });
};
const statusOf = async (runId: string, who = ada) => (await who.ended(runId)).at('data.status');

test('a connection runs actions for those it is shared with, and for nobody else', async () => {
  const id = await created();
  expectRefusal(await run(id, bob), 'v2', 404);
  await patch(ada, id, { sharing: 'tenant' });
  expect(await statusOf((await run(id, bob)).at('data.id'), bob)).toBe('success');
});

describe('a connection that is not usable', () => {
  test('because it is disabled runs nothing, and runs again when it is enabled', async () => {
    const id = await created();
    await patch(ada, id, { disabled: true });
    expect(await statusOf((await run(id)).at('data.id'))).toBe('error');
    await patch(ada, id, { disabled: false });
    expect(await statusOf((await run(id)).at('data.id'))).toBe('success');
  });

  test('because it was disconnected is not there, and a run that was begun before ends', async () => {
    const id = await created();
    const begun = await Promise.all(Array.from({ length: 5 }, () => run(id)));
    const [gone] = await Promise.all([
      call(ada, 'DELETE', id),
      ...begun.map((answer) => ada.ended(answer.at('data.id'))),
    ]);
    expect(gone.json).toEqual({
      data: { type: 'authentication', id, deleted: true },
      meta: { revocation: 'unsupported' },
    });
    for (const answer of [
      await call(ada, 'GET', id),
      await patch(ada, id, { title: 'x' }),
      await call(ada, 'DELETE', id),
    ])
      expectRefusal(answer, 'v2', 404);
    expectRefusal(await run(id), 'v2', 404);
  });
});

test('no answer of all these held a secret', () => {
  expect(scene.gatehouse.bodies.length).toBeGreaterThan(50);
  expect(scene.gatehouse.bodies.filter((body) => body.includes(SECRET))).toEqual([]);
});
