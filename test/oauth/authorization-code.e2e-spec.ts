import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '#libs/testing';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import {
  addClient,
  authorizePath,
  Browser,
  CALLBACK,
  locationOf,
  LOGIN_URL,
  type OauthClient,
  pkce,
  setLoginUrl,
  token,
} from './authorization-scene.js';

let scenario: Scenario;
let gatehouse: Gatehouse;
/** A second process on the same database. */
let other: Gatehouse;
let partner: Partner;
let client: OauthClient;
let browser: Browser;

beforeAll(async () => {
  scenario = await Scenario.start();
  gatehouse = scenario.gatehouse;
  const port = String(await freePort());
  await scenario.startService({ PORT: port });
  other = new Gatehouse(`http://localhost:${port}`, gatehouse.adminToken);
  partner = await Partner.enrol(gatehouse, { slug: 'acme-notes' });
  await setLoginUrl(gatehouse, partner, LOGIN_URL);
});
beforeEach(async () => {
  client = await addClient(gatehouse, partner);
  browser = new Browser(gatehouse, partner);
});
afterAll(() => scenario.close());

const client_id = () => client.clientId;
const codeOf = async (parameters: Record<string, string> = {}) =>
  (await browser.authorize('ada', { client_id: client_id(), ...parameters })).searchParams.get('code') ?? '';
const redeem = (code: string, parameters: Record<string, string> = {}, at = gatehouse) =>
  token(at, client, { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...parameters });
const refresh = (refreshToken: string, at = gatehouse) =>
  token(at, client, { grant_type: 'refresh_token', refresh_token: refreshToken });

/** Asks until it is refused. @throws when that takes longer than a second */
async function refusedWithinASecond(bearer: string): Promise<void> {
  const deadline = Date.now() + 1000;
  for (const at of [gatehouse, other]) {
    while ((await at.get('/v2/apps', bearer)).status !== 401) {
      if (Date.now() > deadline) throw new Error('The token is still good after a second.');
    }
  }
}

test('a user allows a client, which then acts for the user and stays in by refreshing', async () => {
  const end = await browser.authorize('ada', { client_id: client_id() });
  const { code = '', ...rest } = Object.fromEntries(end.searchParams);
  expect(end.origin + end.pathname).toBe('https://notes.acme.test/callback');
  expect(rest).toEqual({ kept: '1', state: 'a state & more', iss: gatehouse.url });
  const first = await redeem(code);
  expect(first.json).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 36_000,
    scope: 'zap profile',
    refresh_token: expect.any(String),
  });
  expect(first.headers.get('cache-control')).toBe('no-store');
  expect((await gatehouse.get('/v2/apps', first.at('access_token'))).status).toBe(200);
  const second = await refresh(first.at('refresh_token'), other);
  expect((await other.get('/v2/apps', second.at('access_token'))).status).toBe(200);
  expect(second.at('refresh_token')).not.toBe(first.at('refresh_token'));
  for (const answer of [first, second])
    for (const name of ['access_token', 'refresh_token']) partner.secrets.add(answer.at(name));
});

test.each(['/oauth/authorize', '/oauth/authorize/', '/v2/authorize', '/v2/authorize/'])(
  '%s sends the browser to the login page of the tenant, and leaves no trace but a cookie of its own',
  async (path) => {
    const answer = await browser.open(authorizePath({ client_id: client_id() }, path));
    const at = locationOf(answer);
    expect([answer.status, at.origin + at.pathname]).toEqual([302, 'https://notes.acme.test/login']);
    expect(Object.fromEntries(at.searchParams)).toEqual({ theme: 'dark', login_challenge: expect.any(String) });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^gatehouse-login-[^;]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
  },
);

describe('PKCE', () => {
  test('lets a client without a secret in, at a loopback port of its choice', async () => {
    client = await addClient(gatehouse, partner, { public: true, redirect_uris: ['http://127.0.0.1/cb'] });
    const { verifier, parameters } = pkce();
    const redirectUri = 'http://127.0.0.1:49152/cb';
    const end = await browser.authorize('ada', { client_id: client_id(), redirect_uri: redirectUri, ...parameters });
    expect(end.origin + end.pathname).toBe(redirectUri);
    const code = end.searchParams.get('code') ?? '';
    const answer = await redeem(code, { redirect_uri: redirectUri, code_verifier: verifier });
    expect(answer.status).toBe(200);
    expect((await refresh(answer.at('refresh_token'))).status).toBe(200);
  });

  test('keeps out whoever has the code and not the verifier', async () => {
    const code = await codeOf(pkce().parameters);
    expect((await redeem(code, { code_verifier: pkce().verifier })).json).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('a code', () => {
  test('used twice is refused, and its tokens end everywhere within a second', async () => {
    const code = await codeOf();
    const answer = await redeem(code);
    expect((await other.get('/v2/apps', answer.at('access_token'))).status).toBe(200);
    const again = await redeem(code, {}, other);
    expect([again.status, again.json]).toEqual([400, expect.objectContaining({ error: 'invalid_grant' })]);
    await refusedWithinASecond(answer.at('access_token'));
    expect((await refresh(answer.at('refresh_token'))).json).toMatchObject({ error: 'invalid_grant' });
  });

  test('sent 50 times at once to two processes is taken once', async () => {
    const code = await codeOf();
    const calls = Array.from({ length: 50 }, (_, index) => redeem(code, {}, index % 2 ? gatehouse : other));
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(new Set(statuses)).toEqual(new Set([200, 400]));
  });
});

describe('a refresh token', () => {
  test('sent 50 times at once to two processes gives the same pair each time', async () => {
    const first = await redeem(await codeOf());
    const calls = Array.from({ length: 50 }, (_, index) =>
      refresh(first.at('refresh_token'), index % 2 ? gatehouse : other),
    );
    const answers = await Promise.all(calls);
    expect(new Set(answers.map((answer) => answer.at('refresh_token'))).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.at('access_token'))).size).toBe(1);
  });

  test('older than the last one ends everything within a second', async () => {
    const first = await redeem(await codeOf());
    const second = await refresh(first.at('refresh_token'));
    const third = await refresh(second.at('refresh_token'));
    expect((await refresh(first.at('refresh_token'))).status).toBe(400);
    await refusedWithinASecond(third.at('access_token'));
    expect((await refresh(third.at('refresh_token'))).status).toBe(400);
  });
});

test('no line of the log holds a challenge, an assertion, a code, a cookie or a token', () => {
  const log = scenario.logs().join('\n');
  expect(partner.secrets.size).toBeGreaterThan(30);
  expect([...partner.secrets].filter((secret) => log.includes(secret))).toEqual([]);
});
