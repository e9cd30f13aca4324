import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { json } from '#libs/testing';
import { expectRefusal } from '../main-job/error-format.js';
import { Partner } from '../main-job/partner.js';
import { AdminDesk, PATH, SECRET, withKey } from './admin-desk.js';
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

describe('each call', () => {
  test.each([
    ['GET', PATH],
    ['POST', `${PATH}/import`],
    ['POST', `${PATH}/export`],
  ])('%s %s refuses whoever is no operator, and a tenant that is not there', async (method, path) => {
    expectRefusal(await scene.gatehouse.call(method, path, { json: method === 'POST' ? {} : undefined }), 'admin', 401);
    const bearer = await scene.partner.accessToken('ada');
    expectRefusal(await scene.gatehouse.call(method, path, { bearer }), 'admin', 401);
    const { publicKey } = await generateKeyPair('RSA-OAEP-256');
    const body = { connections: [withKey('ada')] };
    const bodies: Record<string, object> = {
      [`${PATH}/import`]: body,
      [`${PATH}/export`]: { jwk: await exportJWK(publicKey) },
    };
    expectRefusal(await desk.call(method, path.replace('acme-notes', 'nobody'), bodies[path]), 'admin', 404);
  });
});

describe('the list', () => {
  test('shows whose each is, by page, and no secret', async () => {
    await desk.import(
      ['a', 'b', 'c'].map((name) => withKey(name, { metadata: { name }, account: { id: '7', title: 'Ada' } })),
    );
    const first = await desk.list('?limit=2');
    expect(first.connections).toMatchObject([
      { user: 'c', org: 'org-1', app: { key: 'key-app' }, status: 'connected', external_id: 'ext-c' },
      { user: 'b', metadata: { name: 'b' }, account: { id: '7', title: 'Ada' }, is_default: true, sharing: 'private' },
    ]);
    const second = await desk.list(`?limit=2&cursor=${first.next_cursor}`);
    expect([second.connections.map(({ user }) => user), second.next_cursor]).toEqual([['a'], null]);
  });

  test.each([
    ['?user=ada', ['ada', 'ada']],
    ['?org=org-2', ['eve']],
    ['?org=org-2&user=ada', []],
    ['?app=bearer-app', ['ada']],
    ['?app=nothing', []],
    ['?status=disabled', ['bob']],
    ['?status=deleted', []],
    ['', ['ada', 'eve', 'bob', 'ada']],
  ])('%s shows those of %j', async (query, users) => {
    const bearer = { app: 'bearer-app', credentials: { kind: 'bearer', token: SECRET }, external_id: 'ext-2' };
    await desk.import([
      withKey('ada'),
      withKey('bob', { disabled: true }),
      withKey('eve', { org: 'org-2' }),
      withKey('ada', bearer),
    ]);
    expect((await desk.list(query)).connections.map(({ user }) => user)).toEqual(users);
  });

  test('finds an app by its id too, and shows what was disconnected only when asked for it', async () => {
    await desk.import([withKey('ada')]);
    const [{ id, app }] = (await desk.list()).connections as [{ id: string; app: { id: string } }];
    expect((await desk.list(`?app=${app.id}`)).connections).toHaveLength(1);
    const ada = await scene.user('ada');
    await scene.gatehouse.call('DELETE', `/v2/authentications/${id}`, { bearer: ada.token });
    expect((await desk.list()).connections).toEqual([]);
    expect((await desk.list('?status=deleted')).connections).toMatchObject([
      { id, status: 'deleted', is_default: false },
    ]);
  });

  test.each(['?status=broken', '?limit=0', '?cursor=x', '?colour=red', '?user=%00'])('refuses %s', async (query) =>
    expectRefusal(await desk.call('GET', PATH + query), 'admin', 400, { code: 'invalid' }),
  );
});

test("of another tenant's connections nothing is listed, taken over or given away", async () => {
  const path = '/admin/tenants/other-notes/connections';
  await Partner.enrol(scene.gatehouse, { slug: 'other-notes' });
  const id = (await desk.import([withKey('ada', { sharing: 'tenant' })])).results[0]?.id;
  expect((await desk.list('', path)).connections).toEqual([]);
  const [theirs] = (await desk.import([withKey('ada'), withKey('bob', { external_id: id })], {}, path)).results;
  expect(theirs).toMatchObject({ outcome: 'created' });
  expect(theirs?.id).not.toBe(id);
  expect((await desk.list()).connections).toMatchObject([{ id, user: 'ada', external_id: 'ext-ada' }]);
  const { publicKey } = await generateKeyPair('RSA-OAEP-256');
  const jwk = await exportJWK(publicKey);
  expect([(await desk.export({ jwk })).count, (await desk.export({ jwk }, path)).count]).toEqual([1, 2]);
});

test('no answer of all these held a secret', () => {
  expect(scene.gatehouse.bodies.length).toBeGreaterThan(10);
  expect(desk.secretsAnswered()).toEqual([]);
});
