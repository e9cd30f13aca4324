import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findChromium, type HttpServer } from '#libs/testing';
import { launchChromium, Tab } from '../connect/page-browser.js';
import type { EmbedUser } from '../main-job/embed-user.js';
import { startPartnerPage } from './partner-page.js';
import { accountOf, slackOf, ZapierScene, type Way } from './zapier-scene.js';

const found = await findChromium();
const title = 'missing' in found ? `connecting at Zapier (skipped: ${found.missing})` : 'connecting at Zapier';

describe.skipIf('missing' in found)(title, () => {
  let scene: ZapierScene;
  let site: HttpServer;
  let browser: Browser;
  let user: EmbedUser;
  let tab: Tab;
  let page: Page;

  beforeAll(async () => {
    site = await startPartnerPage();
    const settings = { origins: [site.origin], redirect_uris: [`${site.origin}/connected`] };
    scene = await ZapierScene.start({ ...settings, connect_policy: 'zapier' });
    browser = await launchChromium();
  });
  beforeEach(async () => {
    await scene.zapier.ask('clearRules', {});
    user = await scene.newUser();
  });
  afterEach(() => tab?.close());
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
    await site?.close();
  });

  const goTo = async (app: string, query: Record<string, string> = {}) => {
    tab ??= await Tab.open(browser);
    tab = tab.page.isClosed() ? await Tab.open(browser) : tab;
    ({ page } = tab);
    await page.goto(await scene.linkFor(user, app, query));
  };
  const press = (name: string, on = page) => on.locator(`[data-connect="${name}"]`).click();
  const decide = (decision: 'connect' | 'decline' | 'allow' | 'deny', on = page) =>
    on.locator(`[data-zapier="${decision}"]`).click();
  /** Presses the button, and agrees at Zapier with an account of one's own. */
  const linkAccount = async () => {
    await press('continue');
    await page.getByLabel('Account').fill(`${user.user}@zapier.test`);
    await decide('allow');
  };
  const heading = (name: string, on = page) => on.getByRole('heading', { name }).waitFor();
  const openPopup = async (): Promise<Page> => {
    const [popup] = await Promise.all([page.context().waitForEvent('page'), press('continue')]);
    return popup;
  };
  /** One connection, which is the one that Zapier has. */
  const slackIsConnected = async (way: Way) => {
    await heading('Slack is connected');
    const there = await scene.zapier.ask('connections');
    const here = await scene.connections(user, slackOf(way));
    expect(here.map(({ title: name }) => name)).toEqual([there.at(-1)?.title]);
    expect(tab.complaints).toEqual([]);
  };

  describe('after our own page', () => {
    test('the person goes to Zapier and comes back connected, with nothing of it in the address', async () => {
      await goTo(slackOf('page'));
      await page.getByText('wants to connect your Slack account through Zapier').waitFor();
      await press('continue');
      await decide('connect');
      await slackIsConnected('page');
      expect(page.url()).toMatch(/\/connect\/[0-9a-f-]{36}$/);
    });

    test('the partner is told of an end there by redirect, in the words of the wire', async () => {
      await goTo(slackOf('page'), { redirect_uri: `${site.origin}/connected`, state: 'of-the-partner' });
      await press('continue');
      await decide('decline');
      await page.waitForURL((url) => url.origin === site.origin);
      const told = new URL(page.url()).searchParams;
      expect(Object.fromEntries(told)).toMatchObject({
        error: 'server_error',
        error_description: 'OAuth Failed: access_denied',
        state: 'of-the-partner',
      });
      expect(await scene.connections(user, slackOf('page'))).toEqual([]);
    });

    test('a renewal keeps both ids', async () => {
      const link = { redirect_uri: `${site.origin}/connected` };
      const ids: string[] = [];
      for (const _ of ['first', 'again']) {
        await goTo(slackOf('page'), { ...link, ...(ids[0] !== undefined && { reconnect_id: ids[0] }) });
        await press('continue');
        await decide('connect');
        await page.waitForURL((url) => url.origin === site.origin);
        ids.push(new URL(page.url()).searchParams.get('authentication_id') ?? '');
      }
      expect(ids[1]).toBe(ids[0]);
      const there = await scene.zapier.ask('connections');
      expect(there.filter(({ user: name }) => name.endsWith(`/${user.user}`))).toHaveLength(1);
    });

    test('the page has nothing that axe minds, in either theme, and fits a phone', async () => {
      for (const theme of ['light', 'dark']) {
        await goTo(slackOf('page'), { theme });
        expect(await tab.axe()).toEqual([]);
      }
      await page.setViewportSize({ width: 320, height: 568 });
      expect(await tab.overflows()).toBe(false);
    });
  });

  test('directly, no page of ours is in between', async () => {
    await goTo(slackOf('direct'));
    expect(new URL(page.url()).origin).toBe(scene.zapier.origin);
    await decide('connect');
    await slackIsConnected('direct');
  });

  describe('in a popup of our page', () => {
    test('the page hears of the connection and goes on', async () => {
      await goTo(slackOf('popup'));
      const popup = await openPopup();
      await page.getByText('A window has opened').waitFor();
      await decide('connect', popup);
      await slackIsConnected('popup');
    });

    test('an id that is a number is one', async () => {
      await scene.zapier.ask('rule', { kind: 'numeric_ids' });
      await goTo(slackOf('popup'));
      await decide('connect', await openPopup());
      await slackIsConnected('popup');
    });

    test('the page says that the window was closed, and opens it again', async () => {
      await goTo(slackOf('popup'));
      await (await openPopup()).close();
      await page.getByText('The window was closed').waitFor();
      await decide('connect', await openPopup());
      await slackIsConnected('popup');
    });

    test('an end without a connection is told', async () => {
      await goTo(slackOf('popup'));
      await decide('decline', await openPopup());
      await page.getByText('You did not allow the access').waitFor();
      expect(await scene.connections(user, slackOf('popup'))).toEqual([]);
    });

    test('a message of another window, or of another origin, is none', async () => {
      await goTo(slackOf('popup'));
      const popup = await openPopup();
      const message = `{ type: 'authenticationSuccess', authId: '1' }`;
      // Of itself, and of a page of ours in the very popup.
      await page.evaluate(`postMessage(${message}, '*')`);
      const elsewhere = `${site.origin}/`;
      await popup.goto(elsewhere);
      await popup.evaluate(`opener.postMessage(${message}, '*')`);
      await popup.goBack();
      // Had either been taken, it would have ended by now, with an id that is nobody's.
      await decide('connect', popup);
      await slackIsConnected('popup');
    });

    test('where no popup opens, the same tab goes there and comes back', async () => {
      await goTo(slackOf('popup'));
      await page.evaluate('globalThis.open = () => null');
      await press('continue');
      await decide('connect');
      await slackIsConnected('popup');
    });

    test('and without script too', async () => {
      tab = await Tab.open(browser, { javaScriptEnabled: false });
      await goTo(slackOf('popup'));
      await press('continue');
      await decide('connect');
      await heading('Slack is connected');
      expect(await scene.connections(user, slackOf('popup'))).toHaveLength(1);
    });
  });

  describe('where people authorize us at Zapier themselves', () => {
    test('the account there comes first, and the app in the same flow', async () => {
      await goTo(slackOf('user'));
      await page.getByText('through your Zapier account').waitFor();
      await linkAccount();
      // Zapier's own page leads nowhere but to a window that opened it.
      await page.getByText('wants to connect your Slack account through Zapier').waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
      await decide('connect', await openPopup());
      await slackIsConnected('user');
    });

    test('the account can be connected by itself, and the next app needs no more than its own', async () => {
      const code = await scene.accountCode(user, 'user');
      tab = await Tab.open(browser);
      ({ page } = tab);
      await page.goto(`${scene.scenario.gatehouse.url}/oauth/upstream/user/start?token=${code}`);
      await linkAccount();
      await heading('Zapier is connected');
      await goTo(slackOf('user'));
      await decide('connect', await openPopup());
      await slackIsConnected('user');
    });

    test('where no popup opens, the page says what to do: that page of Zapier leads nowhere else', async () => {
      await goTo(accountOf('user'));
      await linkAccount();
      await heading('Zapier is connected');
      await goTo(slackOf('user'));
      await page.evaluate('globalThis.open = () => null');
      await press('continue');
      await page.getByRole('alert').getByText('in a window of its own').waitFor();
      await decide('connect', await openPopup());
      await slackIsConnected('user');
    });

    test('who declines there is told so', async () => {
      await goTo(accountOf('user'));
      await press('continue');
      await decide('deny');
      await page.getByText('You did not allow the access').waitFor();
    });
  });

  describe('with the legacy implicit grant', () => {
    test('the token is taken out of the address and kept, without a way to renew it', async () => {
      await goTo(accountOf('implicit'));
      await linkAccount();
      await heading('Zapier is connected');
      expect(page.url()).toMatch(/\/connect\/[0-9a-f-]{36}$/);
      await goTo(slackOf('implicit'));
      await decide('connect', await openPopup());
      await slackIsConnected('implicit');
    });

    test.each(['fragment', 'query'])('an error in the %s is told', async (place) => {
      if (place === 'query') await scene.zapier.ask('rule', { kind: 'error_in_query' });
      await goTo(accountOf('implicit'));
      await press('continue');
      await decide('deny');
      await page.getByText('You did not allow the access').waitFor();
    });

    test('a fragment that belongs to no attempt of this browser gives nothing', async () => {
      tab = await Tab.open(browser);
      ({ page } = tab);
      const address = `${scene.scenario.gatehouse.url}/oauth/upstream/implicit/fragment`;
      await page.goto(`${address}#access_token=stolen&state=nobodys`);
      await page.getByText('in another browser or tab').waitFor();
      expect(page.url()).toBe(address);
    });

    test('a page of another origin can not post to it, and the page is not there where it is off', async () => {
      const { gatehouse } = scene.scenario;
      const address = '/oauth/upstream/implicit/fragment';
      const post = (headers: Record<string, string>, at = address) =>
        gatehouse.call('POST', at, { json: { access_token: 'a', state: 'b' }, headers });
      const foreign = [{}, { origin: site.origin }, { origin: gatehouse.url, 'sec-fetch-site': 'same-site' }];
      for (const headers of foreign as Record<string, string>[])
        expect((await post(headers)).text).toContain('was not sent from its own page');
      const off = address.replace('implicit', 'user');
      expect((await gatehouse.get(off)).status).toBe(404);
      expect((await post({ origin: gatehouse.url }, off)).status).toBe(404);
    });
  });
});
