import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Answer } from '../main-job/answer.js';
import type { Gatehouse } from '../main-job/gatehouse.js';
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
  setLoginUrl,
} from './authorization-scene.js';
import { MUTATIONS, REGISTERED } from './redirect-uri-mutations.js';

let scenario: Scenario;
let gatehouse: Gatehouse;
let partner: Partner;
let rival: Partner;
let client: OauthClient;
let browser: Browser;

beforeAll(async () => {
  scenario = await Scenario.start();
  gatehouse = scenario.gatehouse;
  partner = await Partner.enrol(gatehouse, { slug: 'acme-notes' });
  rival = await Partner.enrol(gatehouse, { slug: 'rival' });
  for (const each of [partner, rival]) await setLoginUrl(gatehouse, each, LOGIN_URL);
  client = await addClient(gatehouse, partner);
});
beforeEach(() => {
  browser = new Browser(gatehouse, partner);
});
afterAll(() => scenario.close());

const asked = (parameters: Record<string, string> = {}) => ({ client_id: client.clientId, ...parameters });

/** A page for the person at the browser, who is sent nowhere. */
function expectPage(answer: Answer, status = 400): void {
  expect([answer.status, answer.headers.get('location')]).toEqual([status, null]);
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(answer.text).toContain('role="alert"');
}

describe.each(['/oauth/authorize', '/v2/authorize'])('%s answers with a page', (path) => {
  test.each<[string, () => string]>([
    ['no parameter at all', () => path],
    ['no client_id', () => authorizePath({ client_id: '' }, path)],
    ['an unknown client_id', () => authorizePath({ client_id: 'gate_client_x' }, path)],
    ['a client_id with markup', () => authorizePath({ client_id: '<script>' }, path)],
    ['a repeated client_id', () => `${authorizePath(asked(), path)}&client_id=x`],
    ['a repeated redirect_uri', () => `${authorizePath(asked(), path)}&redirect_uri=x`],
    ['a redirect_uri that is not registered', () => authorizePath(asked({ redirect_uri: 'https://evil.test' }), path)],
    ['a redirect_uri of another tenant', () => authorizePath({ client_id: rival.clientId }, path)],
  ])('to %s', async (_what, url) => {
    const answer = await browser.open(url());
    expectPage(answer);
    expect(answer.text).not.toContain('<script>');
  });
});

test.each(['/oauth/authorize', '/v2/authorize', '/oauth/login'])(
  '%s answers with a page to another method',
  async (path) => {
    const answer = await gatehouse.post(path, {});
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  },
);

test('no mutation of a registered redirect URI is redirected to', async () => {
  const { clientId } = await addClient(gatehouse, partner, { redirect_uris: REGISTERED });
  const redirected: string[] = [];
  for (const uri of MUTATIONS) {
    const answer = await browser.open(authorizePath({ client_id: clientId, redirect_uri: uri, response_type: 'x' }));
    if (answer.status !== 400 || answer.headers.has('location')) redirected.push(uri);
  }
  expect(MUTATIONS.length).toBeGreaterThan(60);
  expect(redirected).toEqual([]);
  for (const uri of REGISTERED) {
    const answer = await browser.open(authorizePath({ client_id: clientId, redirect_uri: uri, response_type: 'x' }));
    expect(answer.headers.get('location')).toContain(`${uri}?error=unsupported_response_type`);
  }
});

describe('a request that is not right is answered at the redirect URI', () => {
  test.each<[string, Record<string, string>]>([
    ['invalid_request', { response_type: '' }],
    ['invalid_request', { approval_prompt: 'never' }],
    ['invalid_request', { response_mode: 'form_post' }],
    ['invalid_request', { code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' }],
    ['unsupported_response_type', { response_type: 'token' }],
    ['invalid_scope', { scope: 'zap zap:write' }],
  ])('with %s, for %j', async (error, parameters) => {
    const answer = await browser.open(authorizePath(asked(parameters)));
    const at = locationOf(answer);
    expect([answer.status, at.origin + at.pathname, at.hash]).toEqual([302, 'https://notes.acme.test/callback', '']);
    expect(Object.fromEntries(at.searchParams)).toEqual({
      kept: '1',
      error,
      error_description: expect.stringMatching(/^[\u0020-\u007E]+$/),
      state: 'a state & more',
      iss: gatehouse.url,
    });
  });

  test.each(['s'.repeat(513), 'a\0b'])('without a state that can not be echoed', async (state) => {
    const at = locationOf(await browser.open(authorizePath(asked({ state }))));
    expect(at.searchParams.get('error')).toBe('invalid_request');
    expect(at.searchParams.has('state')).toBe(false);
  });

  test('of a public client without PKCE', async () => {
    const { clientId } = await addClient(gatehouse, partner, { public: true });
    const at = locationOf(await browser.open(authorizePath({ client_id: clientId })));
    expect(at.searchParams.get('error')).toBe('invalid_request');
    expect(at.searchParams.get('error_description')).toContain('PKCE');
  });

  test('of a client that may not have codes', async () => {
    const { clientId } = await addClient(gatehouse, partner, { grants: ['token_exchange'] });
    const at = locationOf(await browser.open(authorizePath({ client_id: clientId })));
    expect(at.searchParams.get('error')).toBe('unauthorized_client');
  });

  test('of a tenant without a login page', async () => {
    const lonely = await Partner.enrol(gatehouse, { slug: 'lonely' });
    const { clientId } = await addClient(gatehouse, lonely);
    const at = locationOf(await browser.open(authorizePath({ client_id: clientId })));
    expect(at.searchParams.get('error')).toBe('server_error');
    expect(at.searchParams.get('error_description')).toContain('login_url');
  });
});

describe('the way back from the login page', () => {
  test('is open to the browser that began alone; to another it closes the request', async () => {
    const challenge = await browser.begin(asked());
    expectPage(await new Browser(gatehouse, partner).returnAs('victim', challenge));
    expectPage(await browser.returnAs('ada', challenge));
  });

  test('is no way with the cookie of another request of the same browser', async () => {
    const challenge = await browser.begin(asked());
    const [cookie = ['', '']] = [...browser.cookies];
    const stranger = new Browser(gatehouse, partner);
    await stranger.begin(asked());
    const [own = ['', '']] = [...stranger.cookies];
    stranger.cookies.set(cookie[0], own[1]);
    expectPage(await stranger.returnAs('victim', challenge));
  });

  test.each<[string, (challenge: string) => Promise<Answer>]>([
    ['for another challenge', (challenge) => browser.returnAs('ada', challenge, { nonce: `${challenge}x` })],
    ['for no challenge', (challenge) => browser.returnAs('ada', challenge, { nonce: undefined })],
    ['for another audience', (challenge) => browser.returnAs('ada', challenge, { aud: 'someone-else.test' })],
    ['of another issuer', (challenge) => browser.returnAs('ada', challenge, { iss: 'https://rival.test' })],
    ['that has expired', (challenge) => browser.returnAs('ada', challenge, { iat: 1, nbf: 1, exp: 2 })],
    ['without a user', (challenge) => browser.returnAs('ada', challenge, { sub: undefined })],
    ['of nothing', (challenge) => browser.open(`/oauth/login?login_challenge=${challenge}&assertion=x.y.z`)],
    ['that is missing', (challenge) => browser.open(`/oauth/login?login_challenge=${challenge}`)],
    [
      'that is repeated',
      (challenge) => browser.open(`/oauth/login?login_challenge=${challenge}&assertion=a&assertion=b`),
    ],
    [
      'of another tenant',
      async (challenge) => {
        const assertion = await rival.jwt('ada', { nonce: challenge });
        return browser.open(`/oauth/login?login_challenge=${challenge}&assertion=${assertion}`);
      },
    ],
  ])('takes no assertion %s, and the right one after it', async (_what, go) => {
    const challenge = await browser.begin(asked());
    const answer = await go(challenge);
    expectPage(answer);
    expect(answer.text).not.toContain(challenge);
    expect((await browser.returnAs('ada', challenge)).status).toBe(303);
  });

  test('takes each assertion once, and leaves it out of the next URL', async () => {
    const challenge = await browser.begin(asked());
    const assertion = await partner.jwt('ada', { nonce: challenge });
    const url = `/oauth/login?login_challenge=${challenge}&assertion=${assertion}`;
    const answer = await browser.open(url);
    expect(answer.headers.get('location')).toMatch(/^\/oauth\/consent\/[0-9a-f-]{36}$/);
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expectPage(await browser.open(url));
  });

  test('is not gone by link checkers and prefetches', async () => {
    const challenge = await browser.begin(asked());
    const url = `/oauth/login?login_challenge=${challenge}&assertion=${await partner.jwt('ada', { nonce: challenge })}`;
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    expect((await gatehouse.call('HEAD', url, { headers: { cookie } })).status).toBe(200);
    const prefetch = { cookie, 'sec-purpose': 'prefetch;prerender' };
    expect((await gatehouse.call('GET', url, { headers: prefetch })).status).toBe(204);
    expect((await browser.open(url)).status).toBe(303);
  });

  test('says when to come again while the keys of the tenant can not be read', async () => {
    const lost = await Partner.enrol(gatehouse, {
      slug: 'lost',
      publishKeys: () => `http://127.0.0.1:1/jwks.json`,
    });
    await setLoginUrl(gatehouse, lost, LOGIN_URL);
    const { clientId } = await addClient(gatehouse, lost);
    const visitor = new Browser(gatehouse, lost);
    const answer = await visitor.returnAs('ada', await visitor.begin({ client_id: clientId }));
    expectPage(answer, 503);
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  });

  test('ends with access_denied for a user who is disabled', async () => {
    await browser.authorize('mallory', asked());
    const users = (await gatehouse.admin('GET', `/admin/tenants/${partner.slug}/users?subject=mallory`)).text;
    const id = /"id":"([^"]+)"/.exec(users)?.[1] ?? '';
    const path = `/admin/tenants/${partner.slug}/users/${id}`;
    await gatehouse.admin('PATCH', path, { disabled: true });
    const at = locationOf(await browser.returnAs('mallory', await browser.begin(asked())));
    expect(at.href).toContain(`${CALLBACK}&error=access_denied`);
  });
});

test('no line of the log holds a challenge, an assertion or a cookie', () => {
  const log = scenario.logs().join('\n');
  expect(log).toContain('login_challenge that the login page was opened with');
  expect([...partner.secrets, ...rival.secrets].filter((secret) => log.includes(secret))).toEqual([]);
});
