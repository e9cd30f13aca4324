import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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
} from './connect-scene.js';
import type { EmbedSite } from './embed-site.js';
import { SeveringProxy } from './severing-proxy.js';

const connected = { status: 'connected', connectionId: expect.stringMatching(/^[0-9a-f-]{36}$/) };
const SEVERED = { 'cross-origin-opener-policy': 'same-origin' };

describe.skipIf(isMissing)(inBrowser('connecting where the window can not report to its opener'), () => {
  let scene: ConnectScene;
  let site: EmbedSite;
  let isolated: EmbedSite;
  let trusting: EmbedSite;
  /** Before the CRM, whose pages are then those of a third party that isolates them. */
  let proxy: SeveringProxy;
  let person: BrowserContext;
  let user: string;
  let page: Page;
  let count = 0;

  beforeAll(async () => {
    // Playwright would allow every window.
    const launch = { ignoreDefaultArgs: ['--disable-popup-blocking'] };
    scene = await ConnectScene.start({ slugs: ['notes', 'isolated', 'trusting'] }, launch);
    site = await scene.site('notes');
    isolated = await scene.site('isolated', { headers: SEVERED });
    trusting = await scene.site('trusting', { connect_policy: 'zapier' });
    proxy = await SeveringProxy.start(scene.scenario.crm.url);
    await scene.scenario.gatehouse.admin('POST', '/admin/apps', proxy.through(await scene.scenario.crmDocument()));
  });
  afterAll(async () => {
    await scene?.close();
    await proxy?.close();
  });
  beforeEach(async () => {
    count += 1;
    user = `user${count}`;
    person = await scene.person();
    page = await visit(person, site, user);
  });
  afterEach(() => person?.close());

  const redirectUri = () => ({ redirectUri: site.connected });

  test('a third party that severs its opener: the window ends on a page of the partner, which hands the answer over', async () => {
    const popup = await pressConnect(page, redirectUri());
    await goToCrm(popup);
    expect(await popup.evaluate('opener')).toBeNull();
    await allow(popup);
    expect(await results(page)).toEqual([connected]);
    expect(await page.evaluate('messages')).toEqual([]);
    expect(Object.values(await scene.connections(site, user))).toEqual(['connected']);
  });

  test('a third party that severs its opener, with nowhere to go back to: nothing is connected unconfirmed', async () => {
    const popup = await pressConnect(page);
    await goToCrm(popup);
    await allow(popup);
    expect(await results(page)).toEqual([expect.objectContaining({ status: 'failed', code: 'opener_lost' })]);
    expect(Object.values(await scene.connections(site, user))).toEqual(['pending']);
  });

  test('the same under the policy of Zapier: the server tells that it is connected', async () => {
    const trusted = await visit(person, trusting, user);
    const popup = await pressConnect(trusted);
    await goToCrm(popup);
    await allow(popup);
    expect(await results(trusted)).toEqual([connected]);
  });

  test('a partner whose own pages sever the windows that they open connects all the same', async () => {
    const apart = await visit(person, isolated, user);
    const popup = await pressConnect(apart, { redirectUri: isolated.connected });
    await popup.locator('[data-connect="continue"]').waitFor();
    expect(await popup.evaluate('opener')).toBeNull();
    await goToCrm(popup);
    await allow(popup);
    expect(await results(apart)).toEqual([connected]);
    expect(await apart.evaluate('messages')).toEqual([]);
  });

  test('a window whose opener is gone finishes by itself', async () => {
    const popup = await pressConnect(page, redirectUri());
    await goToCrm(popup);
    await page.close();
    await allow(popup);
    expect(await arrived(popup, site)).toEqual(connected);
    expect(Object.values(await scene.connections(site, user))).toEqual(['connected']);
  });

  test('a blocked window is told apart, and the redirect that it offers connects', async () => {
    await page.goto(`${site.origin}/#start`);
    expect(await results(page)).toEqual([{ status: 'blocked' }]);
    await page.locator('#instead').click();
    await goToCrm(page);
    await allow(page);
    expect(await arrived(page, site)).toEqual(connected);
    expect(page.url()).toBe(site.connected);
  });

  const leave = () =>
    page.evaluate(`void start(${JSON.stringify({ ...redirectUri(), mode: 'redirect', state: 'a b&c' })})`);

  test('a redirect comes back connected, once: the address is clean, and a reload says nothing', async () => {
    await leave();
    await goToCrm(page);
    await allow(page);
    expect(await arrived(page, site)).toEqual(connected);
    await page.reload();
    expect(await arrived(page, site)).toBeNull();
    expect(Object.values(await scene.connections(site, user))).toEqual(['connected']);
  });

  test('a redirect that the person declines comes back failed', async () => {
    await leave();
    await goToCrm(page);
    await page.locator('[data-crm="deny"]').click();
    expect(await arrived(page, site)).toMatchObject({ status: 'failed', code: 'access_denied' });
  });

  test('going back from our page to the partner leaves a page that can connect', async () => {
    await leave();
    await page.locator('[data-connect="continue"]').waitFor();
    await page.goBack();
    await page.locator('body[data-ready]').waitFor();
    await leave();
    await goToCrm(page);
    await allow(page);
    expect(await arrived(page, site)).toEqual(connected);
  });
});
