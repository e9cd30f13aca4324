import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findChromium } from '#libs/testing';
import { launchChromium, Tab } from '../connect/page-browser.js';
import { Partner } from '../main-job/partner.js';
import { ConsolePage } from './console-page.js';
import { ConsoleScene, HOSTILE } from './console-scene.js';

const MAX_BYTES = 20 * 1024;
const SECTIONS = 'connections runs keys access users apps webhooks upstreams audit kill-switch'.split(' ');

const found = await findChromium();
const title =
  'missing' in found
    ? `what an operator does in a browser (skipped: ${found.missing})`
    : 'what an operator does in a browser';

describe.skipIf('missing' in found)(title, () => {
  let scene: ConsoleScene;
  let browser: Browser;
  let tab: Tab;
  let page: Page;

  beforeAll(async () => {
    scene = await ConsoleScene.start();
    browser = await launchChromium();
    tab = await Tab.open(browser);
    page = tab.page;
  });
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
  });

  const signIn = (on: Page, token: string) => new ConsolePage(on, scene.address).signIn(token);
  const open = (where: string, heading: string) => new ConsolePage(page, scene.address).open(where, heading);
  const rowOf = (text: string) => new ConsolePage(page, scene.address).rowOf(text);

  test('a wrong token is refused in a sentence; the right one is sent once, and kept where no script reads it', async () => {
    await signIn(page, 'x'.repeat(43));
    await page.getByRole('alert').getByText('This is neither the admin token').waitFor();
    await signIn(page, scene.gatehouse.adminToken);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByRole('link', { name: 'Company acme-notes' }).waitFor();
    const kept = await page.evaluate<string>(
      'document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + location.href + document.documentElement.outerHTML',
    );
    expect(kept).not.toContain(scene.gatehouse.adminToken);
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.reload();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  });

  test('a key is rotated, and stands in the picture and in the table as what it is', async () => {
    await open('t/acme-notes/keys', 'Signing keys');
    const picture = page.getByRole('img', { name: /^Timeline of 1 keys: .{8} active$/ });
    await picture.waitFor();
    await page.getByRole('button', { name: 'Rotate…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate', exact: true }).click();
    await page.getByRole('status').getByText('is published').waitFor();
    await page.getByRole('img', { name: /^Timeline of 2 keys: .{8} pending, .{8} active$/ }).waitFor();
    expect(await page.locator('.timeline rect.active').count()).toBe(2);
    await rowOf('pending')
      .getByRole('button', { name: /^Revoke key/ })
      .click();
    const revoke = page.getByRole('dialog').getByRole('button', { name: 'Revoke' });
    expect(await revoke.isDisabled()).toBe(true);
    await page.getByLabel('Type acme-notes to go on').fill('acme-notes');
    await page.keyboard.press('Enter');
    await rowOf('revoked').waitFor();
  });

  test('a run is seen as it moves, without the page being loaded again', async () => {
    const id = await scene.run('ada', await scene.connect('ada'));
    await open('t/acme-notes/runs', 'Runs');
    await rowOf(id.slice(0, 13)).getByText('running').waitFor();
    await page.evaluate('globalThis.isSamePage = true');
    scene.finish();
    await rowOf(id.slice(0, 13)).getByText('succeeded').waitFor();
    expect(await page.evaluate('globalThis.isSamePage')).toBe(true);
  });

  test('a run that hangs is cancelled', async () => {
    const id = await scene.run('ada', await scene.connect('ada'));
    await vi.waitUntil(() => scene.held.length === 1, { timeout: 10_000 });
    const row = rowOf(id.slice(0, 13));
    await row.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).click();
    await row.getByText('cancelled').waitFor();
  });

  test('a delivery that was made is made again', async () => {
    await scene.subscribe();
    await open('t/acme-notes/webhooks', 'Webhooks');
    await rowOf('webhook.test').getByText('delivered').waitFor();
    const before = scene.hooks.length;
    await rowOf('webhook.test').getByRole('button', { name: 'Replay' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click();
    await page.getByText('1 delivery is made again.').waitFor();
    await vi.waitUntil(() => scene.hooks.length > before, { timeout: 10_000 });
    expect(scene.hooks.at(-1)?.headers['webhook-id']).toBe(scene.hooks[0]?.headers['webhook-id']);
  });

  test('a connection is refreshed, and another revoked', async () => {
    const [kept, lost] = [await scene.connect('grace'), await scene.connect('mia')];
    await open('t/acme-notes/connections', 'Connections');
    await rowOf('grace').getByRole('button', { name: 'Refresh now' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Refresh' }).click();
    const presented = () => scene.server.requests.filter(({ body }) => body.includes('refresh_token=refresh-of-grace'));
    await vi.waitUntil(() => presented().some(({ url }) => url === '/token'), { timeout: 10_000 });
    await rowOf('mia').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await rowOf('mia').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('It is disconnected. The app: revoked.').waitFor();
    await expect.poll(() => rowOf('mia').count()).toBe(0);
    const statusOf = async (id: string) =>
      (await scene.gatehouse.admin('GET', `/admin/tenants/acme-notes/connections/${id}`)).at('status');
    expect([await statusOf(kept), await statusOf(lost)]).toEqual(['connected', 'deleted']);
  });

  test('the kill switch says what it would take, wants the tenant’s name, and shows how far it is', async () => {
    await open('t/acme-notes/kill-switch', 'Kill switch');
    await page.getByLabel('Of one user').fill('grace');
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.getByRole('button', { name: 'Revoke 1 connection…' }).click();
    await page.getByLabel('Type acme-notes to go on').fill('acme-notes');
    await page.getByRole('button', { name: 'Revoke them' }).click();
    await page.getByText('finished').waitFor();
    await page.getByText('1 took it, 0 failed').waitFor();
  });

  test('the audit has all of that, and is whole', async () => {
    await open('t/acme-notes/audit', 'Audit');
    await rowOf('revocation.started').first().waitFor();
    for (const action of ['run.cancelled', 'webhook.replayed', 'key.revoked']) await rowOf(action).first().waitFor();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('The record is whole.').waitFor();
    const saved = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export' }).click();
    expect((await saved).suggestedFilename()).toBe('audit-acme-notes.ndjson');
  });

  test('an upstream is examined, and says what is wrong with it', async () => {
    await scene.addUpstream('zap');
    await open('t/acme-notes/upstreams', 'Upstreams');
    await page.getByRole('button', { name: 'Examine' }).click();
    await page.getByRole('listitem').filter({ hasText: 'credentials' }).waitFor();
    await page.getByText('has a problem: see its card.').waitFor();
    await page.getByText('answered with something that is no list of apps').waitFor();
    expect(await page.getByRole('listitem').filter({ hasText: 'credentials' }).count()).toBe(1);
  });

  test('names that are HTML are shown as they are, and do nothing', async () => {
    await Partner.enrol(scene.gatehouse, { slug: 'globex' });
    const id = await scene.connect('tim');
    await scene.write(`UPDATE tenants SET name = $1 WHERE slug = 'globex'`, [HOSTILE]);
    await scene.write(`UPDATE connections SET account_title = $2, status_reason = $2 WHERE id = $1`, [id, HOSTILE]);
    await scene.write(`UPDATE users SET org = $1, subject = $1 WHERE subject = 'tim'`, [HOSTILE]);
    await scene.write(`UPDATE runs SET action_key = $1`, [HOSTILE]);
    await scene.write(`UPDATE webhook_deliveries SET error = $1`, [HOSTILE]);
    await scene.gatehouse.admin('POST', '/admin/keys', { name: HOSTILE, tenant: 'acme-notes' });
    for (const [where, heading] of [
      ['platform/overview', 'Overview'],
      ['platform/admin-keys', 'Admin keys'],
      ['t/acme-notes/connections', 'Connections'],
      ['t/acme-notes/runs', 'Runs'],
      ['t/acme-notes/users', 'Users'],
      ['t/acme-notes/webhooks', 'Webhooks'],
      ['t/acme-notes/audit', 'Audit'],
      ['t/globex/access', 'Access'],
      [`t/${encodeURIComponent(HOSTILE)}/connections`, 'Connections'],
    ] as const) {
      await open(where, heading);
      const shown = page.locator('main').getByText(HOSTILE).first();
      await expect.poll(() => shown.isVisible(), { message: where, timeout: 10_000 }).toBe(true);
    }
    expect(await page.evaluate('globalThis.harmed')).toBeUndefined();
    expect(await page.locator('body img, body script:not([type=module])').count()).toBe(0);
  });

  test('a key that is revoked ends what it opened; one that may only read has no buttons that write', async () => {
    const made = await scene.gatehouse.admin('POST', '/admin/keys', {
      name: 'reader',
      tenant: 'acme-notes',
      read_only: true,
    });
    const reader = await Tab.open(browser);
    await signIn(reader.page, made.at('key'));
    await reader.page.getByRole('heading', { name: 'Connections' }).waitFor();
    await reader.page.getByRole('row').filter({ hasText: 'ada' }).first().waitFor();
    expect(await reader.page.getByRole('button', { name: /Revoke|Refresh/ }).count()).toBe(0);
    expect(await reader.page.getByRole('link', { name: 'Overview' }).count()).toBe(0);
    await scene.gatehouse.admin('DELETE', `/admin/keys/${made.at('id')}`);
    await reader.page.getByRole('alert').getByText('Your session is over. Sign in again.').waitFor();
    expect(reader.complaints).toEqual([]);
    await reader.close();
  });

  describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
    test('axe finds nothing, it fits narrow and wide, and breaks no policy', async () => {
      const looked = await Tab.open(browser, { viewport: { width: 390, height: 800 }, colorScheme });
      await signIn(looked.page, scene.gatehouse.adminToken);
      await looked.page.getByRole('heading', { name: 'Overview' }).waitFor();
      for (const where of [
        'platform/overview',
        'platform/admin-keys',
        ...SECTIONS.map((one) => `t/acme-notes/${one}`),
      ]) {
        await looked.page.goto(`${scene.address}#/${where}`, { waitUntil: 'networkidle' });
        for (const width of [390, 1280]) {
          await looked.page.setViewportSize({ width, height: 800 });
          expect([where, await looked.axe(), await looked.overflows()]).toEqual([where, [], false]);
        }
      }
      expect(looked.complaints).toEqual([]);
      await looked.close();
    });
  });

  test('weighs less than 20 KB, in one request', async () => {
    const answer = await fetch(scene.address, { headers: { 'accept-encoding': 'gzip' } });
    const length = Number(answer.headers.get('content-length'));
    expect([answer.status, length > 0 && length < MAX_BYTES]).toEqual([200, true]);
    expect(answer.headers.get('content-security-policy')).toContain("require-trusted-types-for 'script'");
    const again = await fetch(scene.address, { headers: { 'if-none-match': answer.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
    const other = await Tab.open(browser);
    await other.page.goto(scene.address, { waitUntil: 'networkidle' });
    expect(other.loaded.map(({ url }) => new URL(url).pathname).filter((path) => path !== '/console/session')).toEqual([
      '/console',
    ]);
    await other.close();
  });

  test('the page complained of nothing, and signing out ends it', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Admin token').waitFor();
    await page.reload();
    await page.getByLabel('Admin token').waitFor();
    expect(tab.complaints).toEqual([]);
  });

  test('an address that guesses is not heard any more, at the console as at the API', async () => {
    const headers = { origin: new URL(scene.address).origin, 'x-gatehouse-console': '1' };
    const guess = () => scene.gatehouse.call('POST', '/console/session', { headers, json: { token: 'x'.repeat(43) } });
    await vi.waitUntil(async () => (await guess()).status === 429, { timeout: 60_000, interval: 0 });
    expect((await scene.gatehouse.get('/admin/tenants', scene.gatehouse.adminToken)).status).toBe(429);
  });
});
