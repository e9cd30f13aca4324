import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import {
  addClient,
  Browser,
  locationOf,
  LOGIN_URL,
  type OauthClient,
  pkce,
  setLoginUrl,
} from './authorization-scene.js';

let scenario: Scenario;
let gatehouse: Gatehouse;
let partner: Partner;
let client: OauthClient;
let browser: Browser;

beforeAll(async () => {
  scenario = await Scenario.start();
  gatehouse = scenario.gatehouse;
  partner = await Partner.enrol(gatehouse, { slug: 'acme-notes' });
  await setLoginUrl(gatehouse, partner, LOGIN_URL);
});
beforeEach(async () => {
  client = await addClient(gatehouse, partner);
  browser = new Browser(gatehouse, partner);
});
afterAll(() => scenario.close());

const asked = (parameters: Record<string, string> = {}) => ({ client_id: client.clientId, ...parameters });
/** What the browser sees once the user has signed in: a page, or the way back to the client. */
const afterSignIn = async (parameters: Record<string, string> = {}) =>
  browser.open(await browser.signIn('ada', asked(parameters)));

describe('the consent page', () => {
  test('names client, tenant and each permission in words, and nothing of it is markup', async () => {
    const { status, text } = await afterSignIn({ scope: 'profile connection:read' });
    expect(status).toBe(200);
    expect(text).toContain('Acme &#60;Notes&#62; &#38; Co asks for access to your Company acme-notes account');
    expect(text.match(/<li>.*?<\/li>/g)).toEqual([
      '<li>See who you are.</li>',
      '<li>See which accounts you have connected, and their names.</li>',
    ]);
    expect(text).not.toContain('<script');
  });

  test('is kept by nobody, framed by nobody, and its form leads to us and to https alone', async () => {
    const { headers } = await afterSignIn();
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    const policy = headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'none'", "form-action 'self' https:", "frame-ancestors 'none'", "base-uri 'none'"])
      expect(policy.split('; ')).toContain(rule);
  });

  test('is for the browser that began alone', async () => {
    const path = await browser.signIn('ada', asked());
    expect((await new Browser(gatehouse, partner).open(path)).status).toBe(400);
    expect((await browser.open(path)).status).toBe(200);
  });

  test('does nothing for a HEAD', async () => {
    await browser.authorize('ada', asked());
    const path = await browser.signIn('ada', asked());
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    expect((await gatehouse.call('HEAD', path, { headers: { cookie } })).status).toBe(200);
    expect((await browser.open(path)).status).toBe(303);
  });
});

describe('the answer', () => {
  test('Cancel is told to the client, and takes the cookie away', async () => {
    const answer = await browser.press('cancel', await browser.signIn('ada', asked()));
    const { error_description, ...rest } = Object.fromEntries(locationOf(answer).searchParams);
    expect([answer.status, error_description]).toEqual([303, 'The user did not allow it.']);
    expect(rest).toEqual({ kept: '1', error: 'access_denied', state: 'a state & more', iss: gatehouse.url });
    expect(browser.cookies.size).toBe(0);
  });

  test.each(['allow', 'cancel'] as const)('%s is taken once', async (button) => {
    const path = await browser.signIn('ada', asked());
    const cookies = new Map(browser.cookies);
    expect((await browser.press(button, path)).status).toBe(303);
    for (const [name, value] of cookies) browser.cookies.set(name, value);
    const again = await browser.press('allow', path);
    expect([again.status, again.headers.get('location')]).toEqual([400, null]);
  });

  test.each<[string, Record<string, string>]>([
    ['without the token of our page', { decision: 'allow' }],
    ['with another token', { decision: 'allow', form_token: 'x'.repeat(43) }],
    ['with no decision', {}],
    ['with another decision', { decision: 'maybe' }],
  ])('is refused %s, and can be given after that', async (_what, form) => {
    const path = await browser.signIn('ada', asked());
    const forged = await browser.open(path, form);
    expect([forged.status, forged.headers.get('location')]).toEqual([400, null]);
    expect((await browser.press('allow', path)).status).toBe(303);
  });

  test('is refused with the token of another request', async () => {
    const tokenOf = async (path: string) =>
      /name="form_token" value="([^"]+)"/.exec((await browser.open(path)).text)?.[1];
    const [one, two] = [await browser.signIn('ada', asked()), await browser.signIn('ada', asked())];
    const form = { decision: 'allow', form_token: (await tokenOf(one)) ?? '' };
    expect((await browser.open(two, form)).status).toBe(400);
    expect((await browser.open(one, form)).status).toBe(303);
  });

  test('goes nowhere when the redirect URI is not registered any more', async () => {
    const path = await browser.signIn('ada', asked());
    const { text } = await browser.open(path);
    await gatehouse.admin('PATCH', `/admin/tenants/${partner.slug}/clients/${client.clientId}`, {
      redirect_uris: ['https://notes.acme.test/elsewhere'],
    });
    const form = { decision: 'cancel', form_token: /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? '' };
    const answer = await browser.open(path, form);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });
});

describe('what was allowed once', () => {
  test('is not asked again, nor is a part of it, by either spelling', async () => {
    await browser.authorize('ada', asked({ scope: 'zap profile connection:read' }));
    for (const scope of ['zap profile', 'authentication']) {
      const answer = await afterSignIn({ scope });
      expect([answer.status, locationOf(answer).searchParams.has('code')]).toEqual([303, true]);
    }
  });

  test.each<[string, Record<string, string>]>([
    ['for more', { scope: 'zap profile action:run' }],
    ['for the same, when the client wants it asked', { approval_prompt: 'force' }],
  ])('is asked again %s', async (_what, parameters) => {
    await browser.authorize('ada', asked());
    expect((await afterSignIn(parameters)).status).toBe(200);
  });

  test('is asked of another user, and for another client', async () => {
    await browser.authorize('ada', asked());
    expect((await browser.open(await browser.signIn('bob', asked()))).status).toBe(200);
    client = await addClient(gatehouse, partner);
    expect((await afterSignIn()).status).toBe(200);
  });

  test('is asked again after it was cancelled', async () => {
    await browser.press('cancel', await browser.signIn('ada', asked()));
    expect((await afterSignIn()).status).toBe(200);
  });

  test('is asked each time for a client that any program of the machine could pass for', async () => {
    const settings = { public: true, redirect_uris: ['http://127.0.0.1/cb'] };
    client = await addClient(gatehouse, partner, settings);
    const parameters = { redirect_uri: 'http://127.0.0.1:49152/cb', ...pkce().parameters };
    await browser.authorize('ada', asked(parameters));
    expect((await afterSignIn(parameters)).status).toBe(200);
  });
});
