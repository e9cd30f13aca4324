import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import {
  addClient,
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

  test.each<[string, Record<string, unknown>, string]>([
    ['with a refresh token', {}, 'The access lasts 10 hours, and Notes can renew it until it is revoked.'],
    ['without one', { grants: ['authorization_code'] }, 'The access ends after 10 hours.'],
  ])('says who is signed in, and how long access lasts, %s', async (_what, settings, sentence) => {
    client = await addClient(gatehouse, partner, { name: 'Notes', ...settings });
    const { text } = await browser.open(await browser.signIn('ada <b>', asked()));
    expect(text).toContain(`You are signed in as <b>ada &#60;b&#62;</b>. ${sentence}`);
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

  test.each(['allow', 'cancel'] as const)(
    '%s sent twice by one page leads to one place, with one code',
    async (button) => {
      const path = await browser.signIn('ada', asked());
      const { text } = await browser.open(path);
      const form = { form_token: /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? '', decision: button };
      const cookies = new Map(browser.cookies);
      // Together, as a double click sends them, and once more behind them.
      const together = await Promise.all([browser.open(path, form), browser.open(path, form)]);
      for (const [name, value] of cookies) browser.cookies.set(name, value);
      const places = [...together, await browser.open(path, form)].map((answer) => locationOf(answer).href);
      expect(new Set(places).size).toBe(1);
      const code = new URL(places[0] ?? '').searchParams.get('code');
      if (code !== null) partner.secrets.add(code);
      expect(code !== null).toBe(button === 'allow');
      const others = [
        [path, { ...form, form_token: 'x'.repeat(43) }, cookies],
        [path, form, new Map()],
      ] as const;
      for (const [at, other, held] of others) {
        browser.cookies.clear();
        for (const [name, value] of held) browser.cookies.set(name, value);
        const answer = await browser.open(at, other);
        expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
      }
    },
  );

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

  test.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['a client without a secret', { public: true }, pkce().parameters],
    ['a token in the fragment, with a secret or without', { grants: ['implicit'] }, { response_type: 'token' }],
  ])('is asked each time where any program of the machine could take it: %s', async (_what, settings, more) => {
    client = await addClient(gatehouse, partner, { redirect_uris: ['http://127.0.0.1/cb'], ...settings });
    const parameters = { redirect_uri: 'http://127.0.0.1:49152/cb', ...more };
    await browser.authorize('ada', asked(parameters));
    expect((await afterSignIn(parameters)).status).toBe(200);
  });

  test('is asked again once the client has revoked it', async () => {
    const code = (await browser.authorize('ada', asked())).searchParams.get('code') ?? '';
    const granted = await token(gatehouse, client, { grant_type: 'authorization_code', code, redirect_uri: CALLBACK });
    expect((await afterSignIn()).status).toBe(303);
    const credentials = { client_id: client.clientId, client_secret: client.clientSecret ?? '' };
    const form = { ...credentials, token: granted.at('refresh_token') };
    expect((await gatehouse.call('POST', '/oauth/revoke', { form })).status).toBe(200);
    expect((await afterSignIn()).status).toBe(200);
  });
});
