import { EventEmitter, once } from 'node:events';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findChromium } from '#libs/testing';
import { launchChromium, Tab } from '../connect/page-browser.js';
import { ConsoleScene } from './console-scene.js';

const TENANTS = /\/admin\/tenants$/;
const CONNECTIONS = /\/connections$/;
const KEYS = /\/keys$/;
const ROTATE = '/admin/tenants/acme-notes/keys/rotate';
const FILTERED = /\/connections\?status=deleted$/;
const TROUBLE = { status: 500, json: { detail: 'The database is away.' } };

const found = await findChromium();
const title = 'missing' in found ? `a console in trouble (skipped: ${found.missing})` : 'a console in trouble';

describe.skipIf('missing' in found)(title, () => {
  let scene: ConsoleScene;
  let browser: Browser;
  let tab: Tab;
  let page: Page;

  beforeAll(async () => {
    scene = await ConsoleScene.start();
    await scene.connect('ada');
    browser = await launchChromium();
  });
  beforeEach(async () => {
    tab = await Tab.open(browser);
    page = tab.page;
  });
  afterEach(() => tab.close());
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
  });

  const signIn = async () => {
    await page.goto(`${scene.address}#/t/acme-notes/connections`);
    await enter();
  };
  const enter = async () => {
    await page.getByLabel('Admin token').fill(scene.gatehouse.adminToken);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  const ada = () => page.getByRole('row').filter({ hasText: 'ada' });

  test('says on the sign-in page what failed right after signing in', async () => {
    await page.route(TENANTS, (route) => route.fulfill(TROUBLE));
    await signIn();
    await page.getByRole('alert').getByText('The database is away.').waitFor();
    await page.unroute(TENANTS);
    await enter();
    await ada().waitFor();
  });

  test('says that other filters could not be asked for', async () => {
    await signIn();
    await ada().waitFor();
    await page.route(FILTERED, (route) => route.fulfill(TROUBLE), { times: 1 });
    await page.getByLabel('Only this status').selectOption('deleted');
    await page.getByRole('alert').getByText('The database is away.').waitFor();
  });

  test('shows no answer to filters that have changed since', async () => {
    await signIn();
    await ada().waitFor();
    const gate = new EventEmitter();
    const opened = once(gate, 'open');
    await page.route(CONNECTIONS, async (route) => {
      const response = await route.fetch();
      await opened;
      await route.fulfill({ response });
    });
    await page.waitForRequest(CONNECTIONS);
    await page.getByLabel('Only this status').selectOption('deleted');
    await page.getByText('No connection is like that').waitFor();
    await page.evaluate(COUNT_DRAWN);
    const answered = page.waitForEvent('requestfinished', { predicate: (request) => CONNECTIONS.test(request.url()) });
    // What is asked next comes after what is let through here.
    const next = page.waitForResponse(FILTERED);
    gate.emit('open');
    await answered;
    await next;
    expect(await page.evaluate('globalThis.drawn')).toBe(0);
  });

  test.each([
    ['list by pages', 'connections', CONNECTIONS, 'grace', () => scene.connect('grace')],
    ['list that is whole', 'keys', KEYS, 'pending', () => scene.gatehouse.admin('POST', ROTATE, {})],
  ] as const)(
    'shows no answer to a question that a later one has overtaken, in a %s',
    async (_, view, path, text, add) => {
      await signIn();
      await ada().waitFor();
      const gate = new EventEmitter();
      const opened = once(gate, 'open');
      const fetched = once(gate, 'fetched');
      await page.route(
        path,
        async (route) => {
          const response = await route.fetch();
          gate.emit('fetched');
          await opened;
          await route.fulfill({ response }).catch(() => undefined);
          gate.emit('answered');
        },
        { times: 1 },
      );
      await page.goto(`${scene.address}#/t/acme-notes/${view}`);
      await fetched;
      await add();
      await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
      const shown = page.getByRole('row').filter({ hasText: text });
      await shown.waitFor();
      await page.evaluate(COUNT_DRAWN);
      const answered = once(gate, 'answered');
      const next = page.waitForResponse(path);
      gate.emit('open');
      await answered;
      await next;
      expect(await page.evaluate('globalThis.drawn')).toBe(0);
      expect(await shown.count()).toBe(1);
    },
  );

  test('asks with the focus on the answer that does nothing', async () => {
    await signIn();
    await ada().getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Cancel');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    await ada().getByText('connected', { exact: true }).waitFor();
  });

  test('makes all deliveries that failed again only when told twice', async () => {
    await scene.subscribe();
    await signIn();
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByRole('button', { name: 'Replay all that failed' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    expect(tab.loaded.filter(({ url }) => url.endsWith('/replay'))).toEqual([]);
    await page.getByRole('button', { name: 'Replay all that failed' }).click();
    const replayed = page.waitForResponse(/\/replay$/);
    await page.getByRole('dialog').getByRole('button', { name: 'Replay all' }).click();
    expect((await replayed).status()).toBeLessThan(300);
  });

  test.each([
    ['refreshes a connection', 'connections', 'Refresh now', 'Refresh', /\/refresh$/, () => Promise.resolve()],
    ['makes a delivery again', 'webhooks', 'Replay', 'Replay', /\/replay$/, () => scene.subscribe()],
    ['enables an endpoint', 'webhooks', 'Enable', 'Enable', /\/webhooks\/[^/]+$/, () => subscribeDisabled()],
  ] as const)('%s only when told twice', async (_, view, asked, told, path, prepare) => {
    await prepare();
    await signIn();
    await ada().waitFor();
    await page.goto(`${scene.address}#/t/acme-notes/${view}`);
    const ask = page.getByRole('button', { name: asked, exact: true }).first();
    await ask.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    expect(tab.loaded.filter(({ url }) => path.test(url))).toEqual([]);
    await ask.click();
    const done = page.waitForResponse(path);
    await page.getByRole('dialog').getByRole('button', { name: told, exact: true }).click();
    expect((await done).status()).toBeLessThan(300);
  });

  const subscribeDisabled = async () => {
    const id = await scene.subscribe();
    await scene.gatehouse.admin('PATCH', `/admin/tenants/acme-notes/webhooks/${id}`, { enabled: false });
  };

  test('never calls a revocation that is limited by time alone one of every connection', async () => {
    await signIn();
    await ada().waitFor();
    await page.goto(`${scene.address}#/t/acme-notes/kill-switch`);
    await page.getByLabel('Connected before').fill('2038-01-01T00:00');
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.getByText(/^This would disconnect \(connected before .*2038/).waitFor();
    await page.getByRole('button', { name: /^Revoke \d+ connections…$/ }).click();
    await page
      .getByRole('dialog')
      .getByText(/^connected before .*2038/)
      .waitFor();
    await page.getByLabel('Type acme-notes to go on').fill('acme-notes');
    await page.getByRole('button', { name: 'Revoke them' }).click();
    await page.getByRole('heading', { name: /^connected before .*2038/ }).waitFor();
    await page
      .getByRole('row')
      .filter({ hasText: /connected before .*2038/ })
      .waitFor();
    expect(await page.getByText('every connection', { exact: true }).count()).toBe(0);
  });
});

/** How often a row comes into the page, or goes, from now on. */
const COUNT_DRAWN = `
  globalThis.drawn = 0;
  new MutationObserver((changes) => (globalThis.drawn += changes.flatMap(({ addedNodes, removedNodes }) => [...addedNodes, ...removedNodes]).filter((node) => node.tagName === 'TR').length))
    .observe(document.body, { childList: true, subtree: true });`;
