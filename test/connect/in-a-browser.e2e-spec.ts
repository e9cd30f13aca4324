import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findChromium, startHttpServer, type HttpServer } from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import { types, type Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import { documentOf, keyOf, RIGHT, startDesk } from './keyed-app.js';
import { OauthApp } from './oauth-app.js';
import { launchChromium, Tab } from './page-browser.js';

const found = await findChromium();
const title =
  'missing' in found ? `what a person does in Connect (skipped: ${found.missing})` : 'what a person does in Connect';

describe.skipIf('missing' in found)(title, () => {
  let scenario: Scenario;
  let desk: HttpServer;
  let flow: OauthApp;
  let partner: Partner;
  let browser: Browser;
  let users = 0;

  beforeAll(async () => {
    [scenario, desk, flow] = [await Scenario.start(), await startDesk(), await OauthApp.start()];
    partner = await scenario.enrol({ origins: ['https://notes.acme.test'], connect_policy: 'zapier' });
    for (const scheme of ['apiKey', 'basic', 'bearer'] as const)
      await scenario.gatehouse.admin('POST', '/admin/apps', documentOf(scheme, desk.origin));
    await flow.register(scenario, [partner]);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await scenario?.close();
    for (const server of [desk, flow]) await server?.close();
  });

  const newUser = () => EmbedUser.signIn(scenario.gatehouse, partner, `ada-${(users += 1)}`);
  const linkFor = async (app: string, query: Record<string, string> = {}, user?: EmbedUser) => {
    const token = await partner.sessionCode((user ?? (await newUser())).token, app);
    return `${scenario.gatehouse.url}/to/${app}?${new URLSearchParams({ token, ...query }).toString()}`;
  };

  test('a person with a keyboard alone types, sends and gets to the end', async () => {
    const tab = await Tab.open(browser);
    const { page } = tab;
    await page.goto(await linkFor(keyOf('basic')));
    const focused = () => page.evaluate<string>('document.activeElement.id || document.activeElement.dataset.connect');
    expect(await focused()).toBe('username');
    await page.keyboard.type(RIGHT.basic.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type('wrong');
    const order = [];
    for (const _ of [1, 2]) {
      await page.keyboard.press('Tab');
      order.push(await focused());
    }
    expect(order).toEqual(['submit', 'cancel']);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await focused()).toBe('password');
    expect(await page.getByLabel('User name').inputValue()).toBe(RIGHT.basic.username);
    expect(await page.title()).toMatch(/^Error: /);
    await page.keyboard.type(RIGHT.basic.password);
    await page.keyboard.press('Enter');
    await page.getByRole('status').waitFor();
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });

  test('without script everything works but the word to the opener', async () => {
    const tab = await Tab.open(browser, { javaScriptEnabled: false });
    await tab.page.goto(await linkFor(keyOf('bearer')));
    await tab.page.getByLabel('Access token').fill(RIGHT.bearer.token);
    await tab.page.locator('[data-connect="submit"]').click();
    await tab.page.getByRole('heading', { name: 'Desk bearer is connected' }).waitFor();
    await tab.close();
  });

  test('Continue and Submit pressed twice in a row go on once', async () => {
    const tab = await Tab.open(browser);
    await tab.page.goto(await linkFor(keyOf('apiKey')));
    await tab.page.getByLabel('Your API key').fill(RIGHT.apiKey.api_key);
    await tab.page.locator('[data-connect="submit"]').dblclick();
    await tab.page.getByRole('heading', { name: 'Desk apiKey is connected' }).waitFor();
    const attempt = new URL(tab.page.url()).pathname;
    await tab.page.reload();
    await tab.page.getByRole('heading', { name: 'Desk apiKey is connected' }).waitFor();
    expect(new URL(tab.page.url()).pathname).toBe(attempt);
    await tab.close();
  });

  test('the code and state of the third party do not stay in the address', async () => {
    const tab = await Tab.open(browser);
    await tab.page.goto(await linkFor(flow.key));
    await tab.page.locator('[data-connect="continue"]').click();
    await tab.page.getByRole('heading', { name: 'Acme Flow is connected' }).waitFor();
    expect(tab.page.url()).toMatch(/\/connect\/[0-9a-f-]{36}$/);
    await tab.close();
  });

  /** A partner's page on another origin opens Connect; the third party's page severs it, and returns. */
  const severed = async (fallback: boolean) => {
    const site = await startHttpServer();
    site.answerWith((request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<title>notes</title><script>heard=[];addEventListener("message",(e)=>heard.push(e.data))</script>'),
    );
    const uri = `${site.origin}/connected`;
    const settings = { origins: [site.origin], redirect_uris: [uri], connect_policy: 'strict' };
    await scenario.gatehouse.admin('PATCH', '/admin/tenants/acme-notes', settings);
    const tab = await Tab.open(browser);
    const context = tab.page.context();
    flow.pageHeaders = { 'cross-origin-opener-policy': 'same-origin' };
    await tab.page.goto(`${site.origin}/`);
    const link = await linkFor(flow.key, fallback ? { fallback_uri: uri } : {});
    const [popup] = await Promise.all([
      context.waitForEvent('page'),
      tab.page.evaluate(`void open(${JSON.stringify(link)}, 'zapier-connect', 'popup')`),
    ]);
    await popup.locator('[data-connect="continue"]').click();
    await popup.locator('#back').click();
    const close = () => {
      flow.pageHeaders = null;
      return site.close();
    };
    return { tab, popup, uri, heard: () => tab.page.evaluate<unknown[]>('heard'), close };
  };

  test('pages of our own origin hear the result on a channel, with no token in it', async () => {
    const tab = await Tab.open(browser);
    const listener = await tab.page.context().newPage();
    await listener.goto(`${scenario.gatehouse.url}/to/x?token=x`);
    await listener.evaluate(
      `globalThis.heard = []; new BroadcastChannel('gatehouse-connect').onmessage = ({ data }) => heard.push(data)`,
    );
    await tab.page.goto(await linkFor(keyOf('bearer')));
    await tab.page.getByLabel('Access token').fill(RIGHT.bearer.token);
    await tab.page.locator('[data-connect="submit"]').click();
    await vi.waitFor(async () => expect(await listener.evaluate<number>('heard.length')).toBeGreaterThan(0), {
      timeout: 20_000,
    });
    const attempt = new URL(tab.page.url()).pathname.split('/')[2];
    expect(await listener.evaluate('heard')).toEqual([
      { type: 'authenticationSuccess', authId: expect.any(String), attempt },
    ]);
    await tab.close();
  });

  describe('where the third party cuts the opener off (COOP)', () => {
    test('the result goes on to the page that the link named', async () => {
      const { tab, popup, uri, heard, close } = await severed(true);
      await popup.waitForURL((url) => url.href.startsWith(uri));
      const result = new URL(popup.url()).searchParams;
      expect([result.has('authentication_id'), result.has('connect_code'), result.has('attempt')]).toEqual([
        true,
        true,
        true,
      ]);
      expect(await heard()).toEqual([]);
      await tab.close();
      await close();
    });

    test('and where it named none, the page says what to do', async () => {
      const { tab, popup, heard, close } = await severed(false);
      await popup.getByText('This window has lost touch with').waitFor();
      expect(await heard()).toEqual([]);
      await tab.close();
      await close();
    });
  });

  test('a fallback_uri that is not registered is refused, as any other', async () => {
    const user = await newUser();
    const answer = await partner.exchange({
      subject_token: user.token,
      subject_token_type: types.accessToken,
      requested_token_type: types.connectToken,
      resource: `${scenario.gatehouse.url}/to/${flow.key}`,
    });
    const query = new URLSearchParams({ token: answer.at('access_token'), fallback_uri: 'https://evil.test/' });
    const opened = await scenario.gatehouse.get(`/to/${flow.key}?${query.toString()}`);
    expect([opened.status, opened.text.includes('Invalid redirect_uri')]).toEqual([400, true]);
  });

  test('images of apps come from us where the document names none', async () => {
    const image = await scenario.gatehouse.get(`/app-images/${flow.key}.svg`);
    expect([image.status, image.headers.get('content-type')]).toEqual([200, expect.stringContaining('image/svg+xml')]);
  });
});
