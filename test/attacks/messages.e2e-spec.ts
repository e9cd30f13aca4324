import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startHttpServer, type HttpServer } from '#libs/testing';
import {
  allow,
  arrived,
  ConnectScene,
  goToCrm,
  inBrowser,
  isMissing,
  pressConnect,
  results,
  visit,
} from '../sdk/connect-scene.js';
import type { EmbedSite } from '../sdk/embed-site.js';

const connected = { status: 'connected', connectionId: expect.any(String) };

/** security.md C3: who opens, frames or talks to whom. A partner whose own page sends COOP is in test/sdk/ways-back. */
describe.skipIf(isMissing)(inBrowser('pages of foreign origins learn nothing and are not believed'), () => {
  let scene: ConnectScene;
  let site: EmbedSite;
  let foreign: HttpServer;
  let person: BrowserContext;
  /** Another one for each test, who has connected nothing yet. */
  let user: string;
  let count = 0;

  beforeAll(async () => {
    scene = await ConnectScene.start({ slugs: ['notes'] });
    site = await scene.site('notes');
    foreign = await startHttpServer();
    foreign.answerWith((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' })
        .end(`<!doctype html><link rel="icon" href="data:,"><script>
window.messages = [];
addEventListener('message', ({ origin, data }) => messages.push({ origin, data }));
</script><button id="go">Go</button>`);
    });
  });
  afterAll(async () => {
    await scene?.close();
    await foreign?.close();
  });
  beforeEach(async () => {
    count += 1;
    user = `user${count}`;
    person = await scene.person();
  });
  afterEach(() => person?.close());

  /** Of another site, in a browser's eyes, than the partner and than Gatehouse. */
  const evilPage = async (): Promise<Page> => {
    const page = await person.newPage();
    await page.goto(foreign.origin.replace('127.0.0.1', 'evil.localhost'));
    return page;
  };
  const link = async (query = '') => `${scene.url}/to/acme-crm?token=${(await site.sessionCode(user)).code}${query}`;
  const opens = async (page: Page, code: string): Promise<Page> => {
    const opened = person.waitForEvent('page');
    await page.evaluate(`document.getElementById('go').onclick = () => { window.opened = ${code} }`);
    await page.locator('#go').click();
    return opened;
  };

  test.each(['allow', 'deny'])(
    'a foreign page that opened Connect gets no message, whatever the end: %s',
    async (button) => {
      const evil = await evilPage();
      const popup = await opens(evil, `window.open('${await link()}')`);
      await goToCrm(popup);
      const gone = popup.waitForEvent('close');
      await popup.locator(`[data-crm="${button}"]`).click();
      await gone;
      expect(await evil.evaluate('messages')).toEqual([]);
    },
  );

  test('a page that is no partner at all and sits between Connect and the partner hears nothing either', async () => {
    const evil = await evilPage();
    const partner = await opens(evil, `window.open('${site.origin}/?user=${user}')`);
    await partner.locator('body[data-ready]').waitFor();
    const popup = await pressConnect(partner);
    await goToCrm(popup);
    await allow(popup);
    expect(await results(partner)).toEqual([connected]);
    expect(await evil.evaluate('messages')).toEqual([]);
  });

  test.each([
    ['the link', async () => link()],
    [
      'the page behind it',
      async () => {
        const first = await person.newPage();
        await first.goto(await link());
        return first.url();
      },
    ],
    ['an error page', async () => `${scene.url}/to/acme-crm?token=nothing`],
  ])('%s is shown in no frame', async (_what, address) => {
    const evil = await evilPage();
    await evil.evaluate(`new Promise((loaded) => {
      const frame = document.createElement('iframe');
      frame.onload = loaded;
      frame.src = '${await address()}';
      document.body.append(frame);
    })`);
    const [, frame] = evil.frames();
    await expect.poll(() => frame?.url()).toMatch(/^chrome-error:/);
    expect(await frame?.locator('[data-connect], h1:has-text("connected")').count()).toBe(0);
  });

  test('Connect opened with noopener ends on the page of the partner, which can finish', async () => {
    const page = await visit(person, site, user);
    const address = await link(`&fallback_uri=${encodeURIComponent(site.connected)}`);
    await page.evaluate(
      `document.getElementById('instead').onclick = () => window.open('${address}', '_blank', 'noopener')`,
    );
    const opened = person.waitForEvent('page');
    await page.locator('#instead').click();
    const popup = await opened;
    await goToCrm(popup);
    await allow(popup);
    expect(await arrived(popup, site)).toEqual(connected);
    expect(await page.evaluate('messages')).toEqual([]);
  });

  test('the partner believes no message of a foreign page, even one with a connection that waits to be confirmed', async () => {
    const evil = await evilPage();
    const partner = await opens(evil, `window.open('${site.origin}/?user=${user}')`);
    await partner.locator('body[data-ready]').waitFor();
    const popup = await pressConnect(partner);
    await popup.locator('[data-connect="continue"]').waitFor();
    const attempt = /[0-9a-f-]{36}$/.exec(popup.url())?.[0];
    const forged = { type: 'authenticationSuccess', authId: 'evil', connect_code: 'evil', attempt };
    for (const message of [
      forged,
      { ...forged, connect_code: undefined },
      { type: 'authenticationError', error: 'evil' },
    ]) {
      await evil.evaluate(`opened.postMessage(${JSON.stringify(message)}, '*')`);
    }
    await partner.waitForFunction('messages.length === 3');
    expect(await partner.evaluate('results')).toEqual([]);
    await goToCrm(popup);
    await allow(popup);
    expect(await results(partner)).toEqual([connected]);
    expect(await results(partner)).not.toMatchObject([{ connectionId: 'evil' }]);
  });

  test('an address that a foreign page wrote connects nothing: not a made-up connection, nor a made-up reason', async () => {
    const evil = await evilPage();
    for (const query of [
      'authentication_id=evil',
      'authentication_id=evil&service=acme-crm&attempt=00000000-0000-4000-8000-000000000000',
      'authentication_id=evil&connect_code=evil&attempt=00000000-0000-4000-8000-000000000000',
    ]) {
      const page = await opens(evil, `window.open('${site.connected}?${query}')`);
      expect(await arrived(page, site)).toMatchObject({ status: 'failed' });
      expect(page.url()).toBe(site.connected);
    }
    expect(await evil.evaluate('messages')).toEqual([]);
  });
});
