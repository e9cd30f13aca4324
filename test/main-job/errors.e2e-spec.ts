import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmbedUser } from './embed-user.js';
import { expectRefusal } from './error-format.js';
import { Partner, types } from './partner.js';
import { Scenario } from './scenario.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const ORIGIN = 'https://notes.acme.test';

let scenario: Scenario;
let partner: Partner;
let ada: EmbedUser;
let eve: EmbedUser;
let rival: EmbedUser;
let app: string;
let action: string;
let authentication: string;
let attempt: string;
let run: string;

beforeAll(async () => {
  scenario = await Scenario.start();
  partner = await scenario.enrol({ origins: [ORIGIN] });
  ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
  eve = await EmbedUser.signIn(scenario.gatehouse, partner, 'eve');
  rival = await EmbedUser.signIn(scenario.gatehouse, await scenario.enrol({ slug: 'rival' }), 'ada');
  authentication = await ada.connectCrm(scenario);
  app = await ada.appId();
  action = await ada.actionId('create_contact');
  run = await ada.run('find_contacts', authentication, {});
  const code = await partner.exchangeJwt('ada', {
    requested_token_type: types.connectToken,
    resource: `${scenario.gatehouse.url}/to/acme-crm`,
  });
  attempt = code.at('attempt');
});
afterAll(() => scenario.close());

const routes: [string, string, string][] = [
  ['GET', '/v2/apps', 'zap'],
  ['GET', '/v2/actions', 'zap'],
  ['POST', '/v2/actions/core:x/inputs', 'zap:write'],
  ['POST', '/v2/actions/core:x/inputs/y/choices', 'zap'],
  ['GET', '/v2/authentications', 'connection:read'],
  ['GET', '/v2/authentications/x', 'connection:read'],
  ['DELETE', '/v2/authentications/x', 'connection:write'],
  ['GET', '/v2/connect-attempts/x', 'connection:read'],
  ['POST', '/v2/connect-attempts/x/confirm', 'connection:write'],
  ['POST', '/v2/action-runs', 'action:run'],
  ['GET', '/v2/action-runs/x', 'action:run'],
];

describe.each(routes)('%s %s', (method, path, scope) => {
  const json = method === 'POST' ? {} : undefined;
  const call = (bearer?: string) => scenario.gatehouse.call(method, path, { bearer, json });

  test('refuses a caller without credentials, and says how to send them', async () => {
    const answer = await call();
    expectRefusal(answer, 'v2', 401, { code: 'not_authenticated' });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="gatehouse"');
  });

  test('refuses what is no access token of ours', async () => {
    const sessionCode = await partner.sessionCode(ada.token);
    const jwt = await partner.jwt('ada');
    for (const bearer of [
      'x',
      jwt,
      sessionCode,
      partner.clientSecret,
      scenario.gatehouse.adminToken,
      `${ada.token}x`,
    ]) {
      const answer = await call(bearer);
      expectRefusal(answer, 'v2', 401, { code: 'authentication_failed' });
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
  });

  test(`refuses a token with every scope but ${scope}, and names it`, async () => {
    const others = 'profile zap zap:write connection:read connection:write action:run'.split(' ');
    const lacking = others.filter((one) => one !== scope).join(' ');
    const answer = await call(await partner.accessToken('ada', lacking));
    expectRefusal(answer, 'v2', 403, { code: 'permission_denied' });
    expect(answer.headers.get('www-authenticate')).toContain(`error="insufficient_scope", scope="${scope}"`);
  });
});

test('a token that has ended is refused on every route, and as a subject', async () => {
  const ended = await partner.accessToken('mallory');
  const credentials = { client_id: partner.clientId, client_secret: partner.clientSecret };
  expect((await scenario.gatehouse.get('/v2/apps', ended)).status).toBe(200);
  await scenario.gatehouse.call('POST', '/oauth/revoke', { form: { ...credentials, token: ended } });
  for (const [method, path] of routes) {
    const answer = await scenario.gatehouse.call(method, path, {
      bearer: ended,
      json: method === 'POST' ? {} : undefined,
    });
    expectRefusal(answer, 'v2', 401, { code: 'authentication_failed' });
  }
  const traded = await partner.exchange({ subject_token: ended, subject_token_type: types.accessToken });
  expectRefusal(traded, 'oauth', 400, { error: 'invalid_request' });
});

test.each<[string, string, number]>([
  ['a client_id is enough for the public catalog alone', '/v2/authentications?app=x&client_id=', 401],
  ['a client_id does not stand in for a bearer of a run', '/v2/action-runs/x?client_id=', 401],
])('%s', async (_what, path, status) => {
  expectRefusal(await scenario.gatehouse.get(path + partner.clientId), 'v2', status, { code: 'not_authenticated' });
});

const naming = (id: string) => ({ data: { action, authentication: id, inputs: {} } });

describe('an object of somebody else is answered exactly as one that is not there', () => {
  test.each<[string, (who: EmbedUser, id: string) => ReturnType<EmbedUser['get']>, () => string]>([
    ['a connection', (who, id) => who.get(`/v2/authentications/${id}`), () => authentication],
    [
      'a connection to delete',
      (who, id) => who.gatehouse.call('DELETE', `/v2/authentications/${id}`, { bearer: who.token }),
      () => authentication,
    ],
    ['a run', (who, id) => who.get(`/v2/action-runs/${id}`), () => run],
    ['an attempt', (who, id) => who.get(`/v2/connect-attempts/${id}`), () => attempt],
    [
      'an attempt to confirm',
      (who, id) => who.post(`/v2/connect-attempts/${id}/confirm`, { connect_code: 'x' }),
      () => attempt,
    ],
    ['a connection for a run', (who, id) => who.post('/v2/action-runs', naming(id)), () => authentication],
    [
      'a connection for inputs',
      (who, id) => who.post(`/v2/actions/${action}/inputs`, naming(id)),
      () => authentication,
    ],
    [
      'a connection for choices',
      (who, id) => who.post(`/v2/actions/${action}/inputs/list_id/choices`, naming(id)),
      () => authentication,
    ],
  ])('%s', async (_what, ask, own) => {
    const missing = await ask(ada, UNKNOWN);
    expectRefusal(missing, 'v2', 404, { code: 'not_found' });
    for (const foreign of [
      await ask(eve, own()),
      await ask(rival, own()),
      await ask(ada, 'no-uuid'),
      await ask(ada, '%00'),
    ]) {
      expect(foreign.status).toBe(404);
      expect(foreign.text).toBe(missing.text);
    }
  });
});

test.each([
  ['limit=0', 'limit'],
  ['limit=-1', 'limit'],
  ['limit=1.5', 'limit'],
  ['limit=', 'limit'],
  ['limit=ten', 'limit'],
  ['limit=1&limit=2', 'limit'],
  ['offset=-1', 'offset'],
  ['offset=1e3', 'offset'],
  ['offset=99999999999999999999', 'offset'],
])('%s is refused on every list, with the parameter named', async (query, parameter) => {
  for (const path of ['/v2/apps?', `/v2/actions?app=${app}&`, `/v2/authentications?app=${app}&`]) {
    expectRefusal(await ada.get(path + query), 'v2', 400, { code: 'invalid', source: { parameter } });
  }
});

test('a limit over 100 is clamped, and the answer says so', async () => {
  expect((await ada.get('/v2/apps?limit=1000')).json).toMatchObject({ meta: { limit: 100 } });
});

test.each<[string, number]>([
  ['/v2/actions', 400],
  ['/v2/actions?app=', 400],
  ['/v2/actions?app=a&app=b', 400],
  ['/v2/authentications', 400],
  ['/v2/actions?app=nothing', 404],
])('%s is refused with the parameter named', async (path, status) => {
  expectRefusal(await ada.get(path), 'v2', status, { source: { parameter: 'app' } });
});

const post = (data: object) => ada.post('/v2/action-runs', { data: { action, authentication, ...data } });

describe('POST /v2/action-runs', () => {
  test('refuses a connection of another app, at its place', async () => {
    const document = (await scenario.crmDocument()) as { info: object };
    const other = { ...document, info: { ...document.info, title: 'Other', 'x-gatehouse': { key: 'other' } } };
    await scenario.gatehouse.admin('POST', '/admin/apps', other);
    await scenario.gatehouse.admin('PUT', '/admin/tenants/acme-notes/apps/other', {
      oauth: { client_id: 'a', client_secret: 'b' },
    });
    const otherId = (await ada.get('/v2/apps?query=Other')).at('data.0.id');
    const foreign = (await ada.get(`/v2/actions?app=${otherId}`)).at('data.0.id');
    const refusal = { code: 'invalid', source: { pointer: '/data/authentication' } };
    expectRefusal(await post({ action: foreign }), 'v2', 400, refusal);
  });

  test.each<[string, object, string]>([
    ['no action', { action: undefined }, '/data/action'],
    ['a number as action', { action: 7 }, '/data/action'],
    ['no connection', { authentication: null }, '/data/authentication'],
    ['a number as connection', { authentication: 7 }, '/data/authentication'],
    ['a list of inputs', { inputs: [] }, '/data/inputs'],
    ['a missing input', { inputs: { email: 'a@b.test' } }, '/data/inputs/list_id'],
    ['a word for a switch', { inputs: { email: 'a@b.test', list_id: 'x', vip: 'perhaps' } }, '/data/inputs/vip'],
    ['a value that is no choice', { inputs: { email: 'a@b.test', list_id: 'x', stage: 'gone' } }, '/data/inputs/stage'],
  ])('refuses %s, at its place', async (_what, data, pointer) => {
    expectRefusal(await post(data), 'v2', 400, { code: 'invalid', source: { pointer } });
  });

  test('answers 404 for an action that is not there', async () => {
    expectRefusal(await post({ action: 'core:gone' }), 'v2', 404, { code: 'not_found' });
    expectRefusal(await post({ action: `core:${app}.__proto__` }), 'v2', 404, { code: 'not_found' });
  });
});

test.each([
  ['application/json', '{"data":', 400],
  ['application/json', '', 400],
  ['application/json', '{"__proto__":{}}', 400],
  ['application/vnd.api+json', '{"data":', 400],
  ['application/xml', '<data/>', 415],
])('a body that can not be read is refused: %s %s', async (type, body, status) => {
  for (const path of ['/v2/action-runs', `/v2/actions/${action}/inputs`, `/v2/connect-attempts/${attempt}/confirm`]) {
    const answer = await scenario.gatehouse.call('POST', path, {
      bearer: ada.token,
      body,
      headers: { 'content-type': type },
    });
    expectRefusal(answer, 'v2', status);
  }
});

test('an unknown path of V1 is answered with a list of sentences', async () => {
  expectRefusal(await ada.get('/v1/nothing'), 'v1', 404);
});
