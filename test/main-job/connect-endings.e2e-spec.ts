import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '#libs/testing';
import { ConnectBrowser, endOf } from './consent.js';
import { EmbedUser } from './embed-user.js';
import type { Partner } from './partner.js';
import { Scenario } from './scenario.js';

const CALLBACK = 'https://notes.acme.test/connected?tab=crm';

let scenario: Scenario;
let keyServer: Server;
let partner: Partner;
let ada: EmbedUser;
/** Requests to the partner's key set. */
let keyReads = 0;

beforeAll(async () => {
  scenario = await Scenario.start({ slugs: ['acme-notes', 'trusting'] });
  const port = await freePort();
  const publishKeys = (jwks: object) => {
    keyServer = createServer((_request, response) => {
      keyReads += 1;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks));
    }).listen(port, '127.0.0.1');
    return `http://localhost:${port}/jwks.json`;
  };
  partner = await scenario.enrol({ publishKeys, redirect_uris: [CALLBACK], origins: ['https://notes.acme.test'] });
  ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
});
afterAll(async () => {
  keyServer.close();
  await scenario.close();
});

const open = async (query: Record<string, string>) => {
  const browser = new ConnectBrowser(scenario);
  return browser.connect(await partner.sessionCode(ada.token), 'allow', query);
};

test('keys that the partner publishes are read once and trusted for the exchanges that follow', async () => {
  await EmbedUser.signIn(scenario.gatehouse, partner, 'bob');
  expect(keyReads).toBe(1);
});

test('with a registered redirect_uri the browser returns there with the connection, the service and the state', async () => {
  const { location } = await open({ redirect_uri: CALLBACK, state: 'a b&c=ü' });
  expect(location?.origin).toBe('https://notes.acme.test');
  expect(Object.fromEntries(location?.searchParams ?? [])).toEqual({
    tab: 'crm',
    authentication_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    service: 'acme-crm',
    connect_code: expect.any(String),
    attempt: expect.any(String),
    state: 'a b&c=ü',
  });
});

test.each([
  ['another path', 'https://notes.acme.test/elsewhere'],
  ['another query', 'https://notes.acme.test/connected'],
  ['another host', 'https://evil.test/connected?tab=crm'],
  ['no URL', 'connected'],
])('a redirect_uri that is not registered is never gone to: %s', async (_what, uri) => {
  const query = new URLSearchParams({ token: await partner.sessionCode(ada.token), redirect_uri: uri, state: 's' });
  const answer = await scenario.gatehouse.get(`/to/acme-crm?${query.toString()}`);
  expect(answer.status).toBe(400);
  expect(answer.headers.get('location')).toBeNull();
  expect(answer.text).toContain('Invalid redirect_uri');
});

describe('a user who declines', () => {
  const declined = { error: 'server_error', error_description: 'OAuth Failed: access_denied' };

  test('returns to the partner with the words of the wire', async () => {
    const code = await partner.sessionCode(ada.token);
    const { location } = await new ConnectBrowser(scenario).connect(code, 'deny', {
      redirect_uri: CALLBACK,
      state: 's-1',
    });
    expect(Object.fromEntries(location?.searchParams ?? [])).toMatchObject({ ...declined, state: 's-1' });
    expect(location?.searchParams.has('authentication_id')).toBe(false);
  });

  test('in a popup is told to the opener, and the attempt has failed', async () => {
    const { message } = await new ConnectBrowser(scenario).connect(await partner.sessionCode(ada.token), 'deny');
    expect(message).toMatchObject({ type: 'authenticationError', error: declined.error_description });
    const attempt = await ada.get(`/v2/connect-attempts/${message?.attempt}`);
    expect(attempt.json).toMatchObject({ data: { state: 'failed', error: declined.error_description } });
  });

  test('on our own page ends the same, before the CRM is asked', async () => {
    const browser = new ConnectBrowser(scenario);
    const consent = await browser.open(await partner.sessionCode(ada.token), { redirect_uri: CALLBACK });
    const { location } = await endOf(await browser.gatehouse.open(`${consent}/cancel`, {}));
    expect(Object.fromEntries(location?.searchParams ?? [])).toMatchObject(declined);
  });
});

test('only the browser that opened the link can finish it', async () => {
  const victim = new ConnectBrowser(scenario);
  const attacker = new ConnectBrowser(scenario);
  const url = await attacker.thirdPartyUrl(await attacker.open(await partner.sessionCode(ada.token)));
  const callback = await victim.answerCrm(url);
  const foreign = await victim.gatehouse.open(callback.href);
  expect(foreign.status).toBe(400);
  expect(await foreign.text()).toContain('Session initialization failed');
  expect((await attacker.gatehouse.open(callback.href)).status).toBe(400);
});

describe('a session code', () => {
  test('for another app is answered with Invalid app', async () => {
    const query = new URLSearchParams({ token: await partner.sessionCode(ada.token), redirect_uri: CALLBACK });
    const { headers } = await scenario.gatehouse.get(`/to/no-such-app?${query.toString()}`);
    const location = new URL(headers.get('location') ?? '');
    expect(location.searchParams.get('error_description')).toBe('Invalid app');
  });

  test.each([
    ['HEAD', {}],
    ['GET', { 'sec-purpose': 'prefetch;prerender' }],
    ['GET', { purpose: 'prefetch' }],
  ])('outlives a look by a link checker: %s %j', async (method, headers) => {
    const code = await partner.sessionCode(ada.token);
    const looked = await scenario.gatehouse.call(method, `/to/acme-crm?token=${code}`, { headers });
    expect(looked.status).toBeLessThan(300);
    expect(looked.headers.get('set-cookie')).toBeNull();
    expect(await new ConnectBrowser(scenario).open(code)).toMatch(/^\/connect\//);
  });

  test('works for one of many that race with it', async () => {
    const code = await partner.sessionCode(ada.token);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => scenario.gatehouse.get(`/to/acme-crm?token=${code}`)),
    );
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
      303,
      ...Array.from({ length: 9 }, () => 400),
    ]);
  });
});

test('under the policy of Zapier a connection is usable at once', async () => {
  const trusting = await scenario.enrol({ slug: 'trusting', connect_policy: 'zapier' });
  const user = await EmbedUser.signIn(scenario.gatehouse, trusting, 'ada');
  const { message } = await new ConnectBrowser(scenario).connect(await trusting.sessionCode(user.token));
  expect(message).toEqual({
    type: 'authenticationSuccess',
    authId: expect.any(String),
    attempt: expect.any(String),
  });
  const inputs = { email: 'at-once@hopper.test', list_id: 'lst_leads' };
  const run = await user.ended(await user.run('create_contact', message?.authId ?? '', inputs));
  expect(run.at('data.status')).toBe('success');
});
