import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { freePort } from '#libs/testing';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner, TOKEN_EXCHANGE, types } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import {
  addClient,
  Browser,
  CALLBACK,
  LOGIN_URL,
  pkce,
  setLoginUrl,
  token as requestToken,
} from './authorization-scene.js';

let scenario: Scenario;
/** Where everything is changed. */
let here: Gatehouse;
/** Another process of the same service, which has to hear of it. */
let there: Gatehouse;
let partner: Partner;
let token: string;
let slugs = 0;

beforeAll(async () => {
  scenario = await Scenario.start();
  here = scenario.gatehouse;
  const { url } = await scenario.startService({ PORT: String(await freePort()) });
  there = new Gatehouse(url, here.adminToken);
});
beforeEach(async () => {
  partner = await scenario.enrol({ slug: `acme-${(slugs += 1)}` });
  token = await partner.accessToken('ada');
  // What the other process holds in memory is to be what was true before.
  expect(await statuses()).toEqual({ bearer: 200, exchange: 200, client: 200 });
});
afterAll(() => scenario.close());

const admin = (method: string, path: string, json?: object) =>
  here.admin(method, `/admin/tenants/${partner.slug}${path}`, json);
const clientPath = () => `/clients/${partner.clientId}`;
const replaceSecret = async (json: object) => (await admin('POST', `${clientPath()}/secret`, json)).at('client_secret');
const userPath = async (subject = 'ada') => {
  const { users } = (await admin('GET', `/users?subject=${subject}`)).json as { users: { id: string }[] };
  return `/users/${users[0]?.id}`;
};

const exchange = async (at: Gatehouse, clientSecret = partner.clientSecret, user = 'ada'): Promise<Answer> =>
  at.call('POST', '/oauth/token', {
    form: {
      grant_type: TOKEN_EXCHANGE,
      client_id: partner.clientId,
      client_secret: clientSecret,
      subject_token: await partner.jwt(user),
      subject_token_type: types.externalJwt,
    },
  });
const read = (at: Gatehouse, bearer = token) => at.get('/v2/apps', bearer);
const readAsClient = (at: Gatehouse) => at.get(`/v2/apps?client_id=${partner.clientId}`);

/** How the other process answers a token, a client with its secret, and a client that only names itself. */
const statuses = async () => ({
  bearer: (await read(there)).status,
  exchange: (await exchange(there)).status,
  client: (await readAsClient(there)).status,
});

/** Within a second of the answer to the change. */
const felt = (expected: object) =>
  vi.waitFor(async () => expect(await statuses()).toEqual(expected), { timeout: 1000, interval: 25 });

const revoke = (revoked: string) =>
  here.call('POST', '/oauth/revoke', {
    form: { client_id: partner.clientId, client_secret: partner.clientSecret, token: revoked },
  });

test('a revoked token is refused here at once and everywhere within a second', async () => {
  expect((await revoke(token)).status).toBe(200);
  expect((await read(here)).status).toBe(401);
  await felt({ bearer: 401, exchange: 200, client: 200 });
});

test('a revoked refresh token takes its whole authorization with it, everywhere within a second', async () => {
  const client = await addClient(here, partner);
  await setLoginUrl(here, partner, LOGIN_URL);
  const { verifier, parameters } = pkce();
  const end = await new Browser(here, partner).authorize('ada', { client_id: client.clientId, ...parameters });
  const code = { code: end.searchParams.get('code') ?? '', redirect_uri: CALLBACK, code_verifier: verifier };
  const granted = await requestToken(here, client, { grant_type: 'authorization_code', ...code });
  const refresh_token = granted.at('refresh_token');
  expect((await read(there, granted.at('access_token'))).status).toBe(200);

  const own = { client_id: client.clientId, client_secret: client.clientSecret ?? '' };
  await here.call('POST', '/oauth/revoke', { form: { ...own, token: refresh_token } });
  const refreshed = await requestToken(there, client, { grant_type: 'refresh_token', refresh_token });
  expectRefusal(refreshed, 'oauth', 400, { error: 'invalid_grant' });
  const introspected = await there.call('POST', '/oauth/introspect', { form: { ...own, token: refresh_token } });
  expect(introspected.text).toBe('{"active":false}');
  token = granted.at('access_token');
  await felt({ bearer: 401, exchange: 200, client: 200 });
});

describe('a disabled client', () => {
  test('is refused with all that is its own, here at once and everywhere within a second', async () => {
    const code = await partner.sessionCode(token);
    await admin('PATCH', clientPath(), { disabled: true });
    const answers = [await read(here), await exchange(here), await readAsClient(here)];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    await felt({ bearer: 401, exchange: 401, client: 401 });
    expect((await there.get(`/to/acme-crm?token=${code}`)).status).toBe(400);
  });

  test('enabled again has new tokens everywhere within a second, and none of the old', async () => {
    await admin('PATCH', clientPath(), { disabled: true });
    await felt({ bearer: 401, exchange: 401, client: 401 });
    await admin('PATCH', clientPath(), { disabled: false });
    await felt({ bearer: 401, exchange: 200, client: 200 });
    expect((await read(there, await partner.accessToken('ada'))).status).toBe(200);
  });
});

describe('a disabled user', () => {
  test('is refused everywhere within a second, and others of the tenant are not', async () => {
    const code = await partner.sessionCode(token);
    await admin('PATCH', await userPath(), { disabled: true });
    expect((await read(here)).status).toBe(401);
    expect((await exchange(here)).status).toBe(400);
    await felt({ bearer: 401, exchange: 400, client: 200 });
    // The window that opened the page is told, as protocol.md §5.3 has it.
    const opened = await there.get(`/to/acme-crm?token=${code}`);
    expect(opened.text).toContain('User not found');
    expect(opened.text).not.toContain('data-connect="continue"');
    expect((await exchange(there, partner.clientSecret, 'eve')).status).toBe(200);
  });
});

describe('a disabled tenant', () => {
  test('is refused with every credential, here at once and everywhere within a second', async () => {
    const code = await partner.sessionCode(token);
    await admin('PATCH', '', { disabled: true });
    const answers = [await read(here), await exchange(here), await readAsClient(here)];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    await felt({ bearer: 401, exchange: 401, client: 401 });
    expect((await there.get(`/to/acme-crm?token=${code}`)).status).toBe(400);
    const introspected = await here.call('POST', '/oauth/introspect', {
      form: { client_id: partner.clientId, client_secret: partner.clientSecret, token },
    });
    expect(introspected.status).toBe(401);
  });

  test('still has its JWKS served: what was signed with its keys can be verified', async () => {
    await admin('PATCH', '', { disabled: true });
    await felt({ bearer: 401, exchange: 401, client: 401 });
    for (const at of [here, there]) {
      const jwks = await at.get(`/tenants/${partner.slug}/.well-known/jwks.json`);
      expect(jwks.status).toBe(200);
      expect((jwks.json as { keys: object[] }).keys.length).toBeGreaterThan(0);
    }
  });

  test('leaves its neighbours alone', async () => {
    const neighbour = await scenario.enrol({ slug: `acme-${(slugs += 1)}` });
    const theirs = await neighbour.accessToken('ada');
    await admin('PATCH', '', { disabled: true });
    await felt({ bearer: 401, exchange: 401, client: 401 });
    expect((await read(there, theirs)).status).toBe(200);
  });
});

describe('a replaced secret', () => {
  test('is refused here at once and everywhere within a second, and the new one is good', async () => {
    const next = await replaceSecret({});
    expect((await exchange(here)).status).toBe(401);
    expect((await exchange(here, next)).status).toBe(200);
    // Tokens live on (protocol.md C38).
    await felt({ bearer: 200, exchange: 401, client: 200 });
    expect((await exchange(there, next)).status).toBe(200);
  });

  test('is good beside the new one while its grace runs, and not after another change', async () => {
    const next = await replaceSecret({ grace_seconds: 3600 });
    for (const at of [here, there]) expect((await exchange(at)).status).toBe(200);
    expect((await exchange(here, next)).status).toBe(200);
    await vi.waitFor(async () => expect((await exchange(there, next)).status).toBe(200), { timeout: 1000 });
    await replaceSecret({ grace_seconds: 3600 });
    expect((await exchange(here)).status).toBe(401);
    await felt({ bearer: 200, exchange: 401, client: 200 });
    expect((await exchange(there, next)).status).toBe(200);
  });
});
