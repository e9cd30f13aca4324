import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmulatorScene, findChromium, type HttpServer, startHttpServer } from '#libs/testing';
import { launchChromium, Tab } from '../connect/page-browser.js';

const found = await findChromium();
const title = `the pages of the emulator of Zapier${'missing' in found ? ` (skipped: ${found.missing})` : ''}`;
const RECORDER =
  '<script>heard = []; addEventListener("message", ({ origin, data }) => heard.push({ origin, data }));</script>';

describe.skipIf('missing' in found)(title, () => {
  let partner: HttpServer;
  let stranger: HttpServer;
  let scene: EmulatorScene;
  let browser: Browser;
  let ada: string;

  beforeAll(async () => {
    [partner, stranger] = [await startHttpServer(), await startHttpServer()];
    for (const site of [partner, stranger]) {
      site.answerWith((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(RECORDER));
    }
    scene = await EmulatorScene.start({}, { redirectUris: [`${partner.origin}/callback`] });
    ada = await scene.userToken();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
    for (const server of [partner, stranger]) await server?.close();
  });

  const connectUrl = async (query = '') =>
    `${scene.emulator.connectUrl}/to/TrelloCLIAPI?token=${await scene.connectToken('TrelloCLIAPI', ada)}${query}`;

  /** Opens a popup from a page, decides in it, and waits for its end. */
  async function decideInPopup(page: Page, url: string, decision: string): Promise<void> {
    const popup = page.waitForEvent('popup');
    await page.evaluate((address) => void (globalThis as unknown as Window).open(address), url);
    const opened = await popup;
    const closed = opened.waitForEvent('close');
    await opened.locator(`[data-zapier="${decision}"]`).click();
    await closed;
  }
  interface Window {
    open(url: string): unknown;
  }

  test.each<[string, string, object]>([
    ['connect', 'authenticationSuccess', { authId: expect.any(String) }],
    ['decline', 'authenticationError', { error: expect.any(String) }],
  ])('a popup of Connect where somebody clicks %s posts %s to the partner alone', async (decision, type, more) => {
    const tab = await Tab.open(browser);
    await tab.page.goto(partner.origin);
    await decideInPopup(tab.page, await connectUrl(), decision);
    const { origin } = scene.emulator;
    expect(await tab.page.evaluate('heard')).toEqual([{ origin, data: { type, ...more } }]);
    await tab.page.goto(stranger.origin);
    await decideInPopup(tab.page, await connectUrl(), decision);
    expect(await tab.page.evaluate('heard')).toEqual([]);
    await tab.close();
  });

  test('a popup for account holders posts the id of the connection', async () => {
    const { json } = await scene.get('/v2/apps?query=Trello', ada);
    const [app] = json.data as { links: { connect_new_authentication: string } }[];
    const tab = await Tab.open(browser);
    await tab.page.goto(partner.origin);
    await decideInPopup(tab.page, app?.links.connect_new_authentication ?? '', 'connect');
    const data = { type: 'zapier.popup.close', authentication_id: expect.stringMatching(/^\d+$/) };
    expect(await tab.page.evaluate('heard')).toEqual([{ origin: scene.emulator.origin, data }]);
    await tab.close();
  });

  test('Connect by redirect and the consent page come back to the partner', async () => {
    const tab = await Tab.open(browser);
    const callback = `${partner.origin}/callback`;
    await tab.page.goto(await connectUrl(`&state=s&redirect_uri=${encodeURIComponent(callback)}`));
    expect(tab.page.url()).not.toContain('token');
    await tab.page.locator('[data-zapier="connect"]').click();
    await tab.page.waitForURL(/\/callback\?authentication_id=\d+&service=TrelloCLIAPI&state=s$/);
    const query = new URLSearchParams({
      client_id: 'emulated-client',
      redirect_uri: callback,
      scope: 'zap',
      state: 's',
    });
    await tab.page.goto(`${scene.emulator.authorizeUrl}?response_type=code&${query.toString()}`);
    await tab.page.locator('[data-zapier="allow"]').click();
    await tab.page.waitForURL(/\/callback\?code=[\w-]+&state=s$/);
    await tab.page.goto(`${scene.emulator.implicitUrl}?response_type=token&${query.toString()}`);
    await tab.page.locator('[data-zapier="deny"]').click();
    await tab.page.waitForURL(/\/callback#error=access_denied&state=s$/);
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });
});
