import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newId } from '#libs/database';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import { addClient, Browser, LOGIN_URL, setLoginUrl } from './authorization-scene.js';

let scenario: Scenario;
let partner: Partner;
let rival: Partner;
let slugs = 0;

beforeAll(async () => {
  scenario = await Scenario.start();
  rival = await Partner.enrol(scenario.gatehouse, { slug: 'rival' });
});
beforeEach(async () => {
  partner = await Partner.enrol(scenario.gatehouse, { slug: `acme-${(slugs += 1)}` });
  for (const user of ['ada', 'bob', 'eve']) await partner.accessToken(user);
});
afterAll(() => scenario.close());

/** Whether it succeeds or not. */
const send = (method: string, path: string, json?: unknown) =>
  scenario.gatehouse.call(method, `/admin/tenants/${partner.slug}${path}`, {
    json,
    bearer: scenario.gatehouse.adminToken,
  });

interface Users {
  users: { id: string; subject: string; disabled: boolean }[];
  next_cursor: string | null;
}
const users = (answer: Answer) => answer.json as Users;
const idOfAda = async () => users(await send('GET', '/users?subject=ada')).users[0]?.id ?? '';

describe('the users of a tenant', () => {
  test('are shown newest first, page by page', async () => {
    const first = users(await send('GET', '/users?limit=2'));
    expect(first.users.map(({ subject }) => subject)).toEqual(['eve', 'bob']);
    const second = users(await send('GET', `/users?limit=2&cursor=${first.next_cursor}`));
    expect(second.users.map(({ subject }) => subject)).toEqual(['ada']);
    expect(second.next_cursor).toBeNull();
  });

  test('are found by org and subject, exactly', async () => {
    const found = users(await send('GET', '/users?org=org-1&subject=bob'));
    expect(found).toMatchObject({ users: [{ org: 'org-1', subject: 'bob', disabled: false }], next_cursor: null });
    expect(users(await send('GET', '/users?org=org-2')).users).toEqual([]);
    expect(users(await send('GET', '/users?subject=bo')).users).toEqual([]);
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=all', 'limit'],
    ['cursor=x', 'cursor'],
    ['subject=a&subject=b', 'subject'],
    ['org=%00', 'org'],
    ['name=ada', 'name'],
  ])('are not asked for by %s', async (query, parameter) => {
    const answer = await send('GET', `/users?${query}`);
    expectRefusal(answer, 'admin', 400, { code: 'invalid', errors: [expect.objectContaining({ parameter })] });
  });

  test('are shown and disabled one by one, under any spelling of the id', async () => {
    const id = await idOfAda();
    const token = await partner.accessToken('ada');
    expect((await send('GET', `/users/${id}`)).json).toMatchObject({ id, subject: 'ada', disabled: false });
    const changed = await send('PATCH', `/users/${id.toUpperCase()}`, { disabled: true });
    expect(changed.json).toMatchObject({ id, disabled: true });
    expect((await scenario.gatehouse.get('/v2/apps', token)).status).toBe(401);
    expect((await send('GET', '/audit?limit=1')).json).toMatchObject({
      entries: [{ action: 'user.disabled', subject: id, details: {} }],
    });
  });

  test('are asked again for what they allowed, once that is withdrawn', async () => {
    await setLoginUrl(scenario.gatehouse, partner, LOGIN_URL);
    const { clientId } = await addClient(scenario.gatehouse, partner);
    const browser = new Browser(scenario.gatehouse, partner);
    await browser.authorize('ada', { client_id: clientId });
    const id = await idOfAda();
    const withdrawn = await send('DELETE', `/users/${id.toUpperCase()}/consents`);
    expect([withdrawn.status, withdrawn.text]).toEqual([204, '']);
    expect((await browser.open(await browser.signIn('ada', { client_id: clientId }))).status).toBe(200);
    expect((await send('GET', '/audit?limit=1')).json).toMatchObject({
      entries: [{ action: 'consent.withdrawn', subject: id, details: { clients: 1 } }],
    });
  });

  test('are changed in nothing else', async () => {
    const id = await idOfAda();
    for (const changes of [{}, { disabled: 'yes' }, { disabled: true, subject: 'eve' }]) {
      expectRefusal(await send('PATCH', `/users/${id}`, changes), 'admin', 400, { code: 'invalid' });
    }
    expect((await send('GET', `/users/${id}`)).json).toMatchObject({ disabled: false });
  });

  test.each(['x', newId(), '%00'])('that are not there are answered with 404: %s', async (id) => {
    expectRefusal(await send('GET', `/users/${id}`), 'admin', 404, { code: 'not_found' });
    expectRefusal(await send('PATCH', `/users/${id}`, { disabled: true }), 'admin', 404, { code: 'not_found' });
    expectRefusal(await send('DELETE', `/users/${id}/consents`), 'admin', 404, { code: 'not_found' });
  });

  test('of another tenant are not there', async () => {
    const id = await idOfAda();
    partner = rival;
    expectRefusal(await send('GET', `/users/${id}`), 'admin', 404, { code: 'not_found' });
    expectRefusal(await send('PATCH', `/users/${id}`, { disabled: true }), 'admin', 404, { code: 'not_found' });
    expectRefusal(await send('DELETE', `/users/${id}/consents`), 'admin', 404, { code: 'not_found' });
  });
});
