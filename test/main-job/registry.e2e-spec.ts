import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConnectBrowser } from './consent.js';
import { EmbedUser } from './embed-user.js';
import { expectRefusal } from './error-format.js';
import type { Partner } from './partner.js';
import { Scenario } from './scenario.js';

let scenario: Scenario;
let partner: Partner;
let ada: EmbedUser;

beforeAll(async () => {
  scenario = await Scenario.start();
  partner = await scenario.enrol();
  ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
});
afterAll(() => scenario.close());

const findsContacts = async (authentication: string) =>
  (await ada.ended(await ada.run('find_contacts', authentication, {}))).at('data.status');

const consentAgain = async (reconnectId: string) => {
  const code = await partner.sessionCode(ada.token);
  const { message } = await new ConnectBrowser(scenario).connect(code, 'allow', { reconnect_id: reconnectId });
  return message ?? {};
};

describe('disconnect', () => {
  test('takes the connection away at once and revokes it at the third party', async () => {
    const id = await ada.connectCrm(scenario);
    const { gatehouse } = scenario;
    const gone = await gatehouse.call('DELETE', `/v2/authentications/${id}`, { bearer: ada.token });
    expect([gone.status, gone.json]).toEqual([
      200,
      { data: { type: 'authentication', id, deleted: true }, meta: { revocation: 'revoked' } },
    ]);
    expectRefusal(await ada.get(`/v2/authentications/${id}`), 'v2', 404);
    expectRefusal(await gatehouse.call('DELETE', `/v2/authentications/${id}`, { bearer: ada.token }), 'v2', 404);
  });

  test("of another user's connection is answered like that of a missing one", async () => {
    const id = await ada.connectCrm(scenario);
    const bob = await EmbedUser.signIn(scenario.gatehouse, partner, 'bob');
    const refused = await scenario.gatehouse.call('DELETE', `/v2/authentications/${id}`, { bearer: bob.token });
    expectRefusal(refused, 'v2', 404);
    expect((await ada.get(`/v2/authentications/${id}`)).status).toBe(200);
  });
});

describe('reconnect under the strict policy', () => {
  test('leaves the connection working until the partner confirms', async () => {
    const id = await ada.connectCrm(scenario);
    expect(await consentAgain(id)).toMatchObject({ authId: id });
    expect((await ada.get(`/v2/authentications/${id}`)).at('data.status')).toBe('connected');
    expect(await findsContacts(id)).toBe('success');
  });

  test('keeps the id and takes the new consent once it is confirmed', async () => {
    const id = await ada.connectCrm(scenario);
    const before = (await ada.get(`/v2/authentications/${id}`)).at('data.last_refreshed_at');
    const { attempt, connect_code } = await consentAgain(id);
    const confirmed = await ada.post(`/v2/connect-attempts/${attempt}/confirm`, { data: { connect_code } });
    expect([confirmed.status, confirmed.at('data.authentication')]).toEqual([200, id]);
    expect((await ada.get(`/v2/authentications/${id}`)).at('data.last_refreshed_at')).not.toBe(before);
    expect(await findsContacts(id)).toBe('success');
  });
});

describe('changing a tenant', () => {
  test('keeps what is not named', async () => {
    const before = (await scenario.gatehouse.admin('GET', '/admin/tenants/acme-notes')).json as object;
    const changed = await scenario.gatehouse.admin('PATCH', '/admin/tenants/acme-notes', { name: 'Acme Notes 2' });
    expect(changed.json).toEqual({ ...before, name: 'Acme Notes 2' });
  });

  test('to other keys makes the old ones worthless at once', async () => {
    const { created } = partner;
    const keys = {
      keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'new', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }],
    };
    await scenario.gatehouse.admin('PATCH', '/admin/tenants/acme-notes', { trust: { jwks: keys } });
    expect(created.at('slug')).toBe('acme-notes');
    expectRefusal(await partner.exchangeJwt('ada', {}), 'oauth', 400, { error: 'invalid_request' });
  });
});

test.each([
  ['/v2/action-runs', 'application/x-www-form-urlencoded', 'data[action]=x'],
  ['/v2/action-runs', 'text/plain', '{"data":{}}'],
  ['/v2/connect-attempts/x/confirm', 'application/yaml', 'connect_code: x'],
])('%s takes no %s', async (path, type, body) => {
  const answer = await scenario.gatehouse.call('POST', path, {
    bearer: ada.token,
    body,
    headers: { 'content-type': type },
  });
  expectRefusal(answer, 'v2', 415, { code: 'unsupported_media_type' });
});
