import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allow, ConnectScene, goToCrm, inBrowser, isMissing, pressConnect, results, visit } from './connect-scene.js';
import type { EmbedSite } from './embed-site.js';

const connected = { status: 'connected', connectionId: expect.stringMatching(/^[0-9a-f-]{36}$/) };
const closed = { status: 'closed' };
const denied = { status: 'failed', error: 'OAuth Failed: access_denied', code: 'access_denied' };

const closes = async (popup: Page, act: () => Promise<unknown>) => {
  const gone = popup.waitForEvent('close');
  await act();
  await gone;
};

describe.skipIf(isMissing)(inBrowser('connecting in a window'), () => {
  let scene: ConnectScene;
  let site: EmbedSite;
  let person: BrowserContext;
  /** A user for each test: connections of one are not another's. */
  let user: string;
  let page: Page;
  let count = 0;

  beforeAll(async () => {
    scene = await ConnectScene.start({ slugs: ['notes', 'hasty'] });
    site = await scene.site('notes');
  });
  afterAll(() => scene?.close());
  beforeEach(async () => {
    count += 1;
    user = `user${count}`;
    person = await scene.person();
    page = await visit(person, site, user);
  });
  afterEach(() => person?.close());

  test('ends connected, with one message, from Connect alone, that carries no token; then the account is listed', async () => {
    const popup = await pressConnect(page);
    await goToCrm(popup);
    await closes(popup, () => allow(popup));
    const [result] = await results(page);
    expect(result).toEqual(connected);
    expect(await page.evaluate('messages')).toEqual([
      {
        origin: scene.url,
        data: {
          type: 'authenticationSuccess',
          authId: (result as { connectionId: string }).connectionId,
          attempt: expect.any(String),
          connect_code: expect.any(String),
        },
      },
    ]);
    expect(Object.values(await scene.connections(site, user))).toEqual(['connected']);
  });

  test('ends failed, with its code, when the person declines at the third party, and when they cancel before', async () => {
    const popup = await pressConnect(page);
    await goToCrm(popup);
    await closes(popup, () => popup.locator('[data-crm="deny"]').click());
    expect(await results(page)).toEqual([denied]);
    const second = await pressConnect(page);
    await closes(second, () => second.locator('[data-connect="cancel"]').click());
    expect(await results(page, 2)).toEqual([denied, denied]);
    expect(await scene.connections(site, user)).toEqual({});
  });

  test.each<[string, (popup: Page) => Promise<unknown>]>([
    ['before it shows anything', async () => undefined],
    ['on our page', (popup) => popup.locator('[data-connect="continue"]').waitFor()],
    [
      "on the third party's sign-in",
      async (popup) => {
        await popup.locator('[data-connect="continue"]').click();
        await popup.locator('[data-crm="login"]').waitFor();
      },
    ],
    ["on the third party's question", goToCrm],
  ])('ends closed when the person closes the window %s', async (_where, reach) => {
    const popup = await pressConnect(page);
    await reach(popup);
    await popup.close();
    expect(await results(page)).toEqual([closed]);
    expect(await scene.connections(site, user)).toEqual({});
  });

  test('a second click shows the same window, and both calls end alike', async () => {
    const popup = await pressConnect(page);
    await page.locator('#connect').click();
    expect(person.pages()).toHaveLength(2);
    await goToCrm(popup);
    await allow(popup);
    const [first, second] = await results(page, 2);
    expect(first).toEqual(connected);
    expect(second).toEqual(first);
    expect(Object.keys(await scene.connections(site, user))).toHaveLength(1);
  });

  test('two tabs connect side by side, each its own connection', async () => {
    const other = await visit(person, site, user);
    const [one, two] = [await pressConnect(page), await pressConnect(other)];
    await goToCrm(one);
    await two.locator('[data-connect="continue"]').click();
    await allow(two);
    const [second] = await results(other);
    await allow(one);
    // It is the same account by now: the person is asked, and keeps both.
    await one.locator('[data-connect="both"]').click();
    const [first] = await results(page);
    expect([first, second]).toEqual([connected, connected]);
    expect(first).not.toEqual(second);
    expect(await page.evaluate('messages.length')).toBe(1);
    expect(await other.evaluate('messages.length')).toBe(1);
  });

  test('a reload of our page, and going back to it from the third party, change nothing', async () => {
    const popup = await pressConnect(page);
    await popup.locator('[data-connect="continue"]').waitFor();
    await popup.reload();
    const consent = popup.url();
    await goToCrm(popup);
    await popup.goto(consent);
    await popup.locator('[data-connect="continue"]').click();
    await allow(popup);
    expect(await results(page)).toEqual([connected]);
  });

  test("a reload of the partner's page in the middle is resumed", async () => {
    const popup = await pressConnect(page);
    await goToCrm(popup);
    await page.reload();
    await page.locator('body[data-ready]').waitFor();
    await allow(popup);
    expect(await results(page)).toEqual([connected]);
    expect(Object.values(await scene.connections(site, user))).toEqual(['connected']);
  });

  test('a reconnect keeps the id, and another account of the third party is refused', async () => {
    const first = await pressConnect(page);
    await goToCrm(first);
    await allow(first);
    const [{ connectionId }] = (await results(page)) as [{ connectionId: string }];
    const again = await pressConnect(page, { reconnectId: connectionId });
    await again.locator('[data-connect="continue"]').click();
    await allow(again);
    expect((await results(page, 2))[1]).toEqual({ status: 'connected', connectionId });

    const other = await scene.person();
    const elsewhere = await visit(other, site, user);
    const popup = await pressConnect(elsewhere, { reconnectId: connectionId });
    await goToCrm(popup, 'tomas@acme-crm.test');
    await allow(popup);
    expect(await results(elsewhere)).toEqual([
      { status: 'failed', error: 'OAuth Failed: account_mismatch', code: 'account_mismatch' },
    ]);
    expect(await scene.connections(site, user)).toEqual({ [connectionId]: 'connected' });
    await other.close();
  });

  test('a third party that never answers is a time-out, and the window closes', async () => {
    const hasty = await scene.site('hasty', { timeoutSeconds: 3 });
    const impatient = await visit(person, hasty);
    await person.route(`${scene.scenario.crm.url}/**`, () => undefined);
    const popup = await pressConnect(impatient);
    await popup.locator('[data-connect="continue"]').click({ noWaitAfter: true });
    await popup.waitForEvent('close');
    expect(await results(impatient)).toEqual([{ status: 'timed_out' }]);
  });
});
