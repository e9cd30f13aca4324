import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium } from '#libs/testing';
import { launchChromium, Tab } from '../connect/page-browser.js';
import { Partner } from '../main-job/partner.js';
import { ConsolePage } from './console-page.js';
import { ConsoleScene } from './console-scene.js';

const found = await findChromium();
const title = 'missing' in found ? `who is let in (skipped: ${found.missing})` : 'who is let in';

describe.skipIf('missing' in found)(title, () => {
  let scene: ConsoleScene;
  let browser: Browser;
  let tab: Tab;
  let page: Page;

  beforeAll(async () => {
    scene = await ConsoleScene.start();
    await Partner.enrol(scene.gatehouse, {
      slug: 'globex',
      publishKeys: (jwks) => {
        scene.jwks = jwks;
        return `${scene.server.origin}/jwks`;
      },
    });
    browser = await launchChromium();
    tab = await Tab.open(browser);
    page = tab.page;
    await new ConsolePage(page, scene.address).signIn(scene.gatehouse.adminToken);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
  });

  const open = (where: string, heading: string) => new ConsolePage(page, scene.address).open(where, heading);
  const rowOf = (text: string) => new ConsolePage(page, scene.address).rowOf(text);
  const dialog = () => page.getByRole('dialog');
  const answer = (name: string) => dialog().getByRole('button', { name, exact: true }).click();
  /** Asks for it, says no, and asks again. */
  const askTwice = async (asked: Locator) => {
    await asked.click();
    await answer('Cancel');
    await expect.poll(() => dialog().count()).toBe(0);
    await asked.click();
  };

  const offered = async () => (await scene.gatehouse.admin('GET', '/admin/tenants/acme-notes/apps')).json;
  const known = async () => (await scene.gatehouse.admin('GET', '/admin/tenants/acme-notes/users?subject=ada')).json;

  test('the keys of a tenant are fetched now, and forgotten while its JWKS does not answer', async () => {
    await open('t/globex/access', 'Access');
    await page.getByText('not fetched').waitFor();
    await page.getByText('No key is trusted').waitFor();
    await askTwice(page.getByRole('button', { name: 'Fetch now' }));
    expect(scene.server.requests.filter(({ url }) => url === '/jwks')).toEqual([]);
    await answer('Fetch');
    await page.getByText('Fetched. Keys that are trusted: 1.').waitFor();
    await rowOf('globex-1').getByText('its JWKS').waitFor();

    scene.jwks = null;
    await page.getByRole('button', { name: 'Fetch now' }).click();
    await answer('Fetch');
    await page.getByRole('alert').getByText('It could not be fetched').waitFor();
    await page.locator('.pill', { hasText: 'failing' }).waitFor();
    expect(await rowOf('globex-1').count()).toBe(1);

    await askTwice(page.getByRole('button', { name: 'Forget and fetch' }));
    await dialog().getByText('nobody of this tenant comes in, until it does').waitFor();
    await answer('Forget and fetch');
    await page.getByText('No key is trusted').waitFor();
    await page.locator('.pill', { hasText: 'unusable' }).waitFor();
    const { entries } = (await scene.gatehouse.admin('GET', '/admin/tenants/globex/audit?action=trust.refreshed'))
      .json as { entries: { details: { forget: boolean } }[] };
    expect(entries.map(({ details }) => details.forget)).toEqual([true, false, false]);
  });

  test('a client gets a new secret, which is shown once; the one of before is dead with it', async () => {
    const { clientId, clientSecret } = scene.partner;
    await open('t/acme-notes/access', 'Access');
    const isGood = async (secret: string) => {
      const form = { grant_type: 'client_credentials', scope: 'webhook:read', client_id: clientId };
      const { status } = await scene.gatehouse.call('POST', '/oauth/token', {
        form: { ...form, client_secret: secret },
      });
      return status === 200;
    };
    const row = rowOf(clientId);
    await askTwice(row.getByRole('button', { name: 'New secret…' }));
    expect(await isGood(clientSecret)).toBe(true);
    await answer('Make it');
    const secret = (await page.locator('.secret code').textContent()) ?? '';
    expect([await isGood(secret), await isGood(clientSecret)]).toEqual([true, false]);
    await page.reload();
    await row.waitFor();
    const kept = await page.evaluate<string>(
      'document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.documentElement.outerHTML',
    );
    expect(kept).not.toContain(secret);

    await row.getByRole('button', { name: 'New secret…' }).click();
    await page.getByLabel('The one of before is good for').selectOption('an hour');
    await answer('Make it');
    await row.getByText(/^in 60 min/).waitFor();
    const next = (await page.locator('.secret code').textContent()) ?? '';
    expect([await isGood(next), await isGood(secret)]).toEqual([true, true]);

    await askTwice(row.getByRole('button', { name: 'Disable client' }));
    await answer('Disable');
    await row.getByText('disabled').waitFor();
    expect(await isGood(next)).toBe(false);
    await askTwice(row.getByRole('button', { name: 'Enable client' }));
    await answer('Enable');
    await row.getByText('enabled').waitFor();
    expect(await isGood(next)).toBe(true);
  });

  test('a user is found, disabled, and enabled again', async () => {
    for (const user of ['ada', 'grace']) await scene.connect(user);
    await open('t/acme-notes/users', 'Users');
    await rowOf('grace').waitFor();
    await page.getByLabel('Only this subject').fill('ada');
    await page.keyboard.press('Enter');
    await expect.poll(() => rowOf('grace').count()).toBe(0);
    await askTwice(page.getByRole('button', { name: 'Disable user ada of org-1' }));
    expect(await known()).toMatchObject({ users: [{ disabled: false }] });
    await answer('Disable');
    await rowOf('ada').getByText('disabled').waitFor();
    expect(await known()).toMatchObject({ users: [{ disabled: true }] });
    await askTwice(page.getByRole('button', { name: 'Enable user ada of org-1' }));
    await answer('Enable');
    await rowOf('ada').getByText('enabled').waitFor();
    expect(await known()).toMatchObject({ users: [{ disabled: false }] });
  });

  test('an app is switched off for a tenant, and on again; one without an OAuth client says what it needs', async () => {
    await open('t/globex/apps', 'Apps');
    await rowOf('acme-flow').getByText('needs an OAuth client').waitFor();
    await open('t/acme-notes/apps', 'Apps');
    await rowOf('acme-flow').getByText('can choose it').waitFor();
    await askTwice(page.getByRole('button', { name: 'Switch off acme-flow' }));
    expect(await offered()).toMatchObject({ apps: [{ key: 'acme-flow', enabled: true, offered: true }] });
    await answer('Switch off');
    await rowOf('acme-flow').getByText('switched off').waitFor();
    expect(await offered()).toMatchObject({ apps: [{ key: 'acme-flow', enabled: false, offered: false }] });
    await askTwice(page.getByRole('button', { name: 'Switch on acme-flow' }));
    await answer('Switch on');
    await rowOf('acme-flow').getByText('can choose it').waitFor();
    expect(await offered()).toMatchObject({ apps: [{ key: 'acme-flow', enabled: true, offered: true }] });
  });

  test('a tenant is disabled once its name is typed, and enabled again', async () => {
    await open('t/globex/access', 'Access');
    await askTwice(page.getByRole('button', { name: 'Disable tenant globex' }));
    expect(await dialog().getByRole('button', { name: 'Disable' }).isDisabled()).toBe(true);
    expect(await dialog().getByText('That ends this session too').count()).toBe(0);
    await page.getByLabel('Type globex to go on').fill('globex');
    await answer('Disable');
    await page.getByText('Disabled: tenant globex.').waitFor();
    await open('platform/overview', 'Overview');
    await rowOf('Company globex').getByText('disabled').waitFor();
    await open('t/globex/access', 'Access');
    await askTwice(page.getByRole('button', { name: 'Enable tenant globex' }));
    await answer('Enable');
    await page.getByText('Enabled: tenant globex.').waitFor();
    expect((await scene.gatehouse.admin('GET', '/admin/tenants/globex')).json).toMatchObject({ disabled: false });
  });

  test('whoever disables the tenant of their own key is told that it ends the session, and it does', async () => {
    const { key } = (await scene.gatehouse.admin('POST', '/admin/keys', { name: 'own', tenant: 'globex' })).json as {
      key: string;
    };
    const own = await Tab.open(browser);
    await new ConsolePage(own.page, scene.address).signIn(key);
    await own.page.getByRole('link', { name: 'Access' }).click();
    await own.page.getByRole('button', { name: 'Disable tenant globex' }).click();
    await own.page.getByRole('dialog').getByText('That ends this session too').waitFor();
    expect(await own.page.getByRole('button', { name: 'Delete tenant globex' }).count()).toBe(0);
    await own.page.getByLabel('Type globex to go on').fill('globex');
    await own.page.keyboard.press('Enter');
    await own.page.getByRole('alert').getByText('Your session is over. Sign in again.').waitFor();
    await own.close();
  });

  test('a tenant is deleted once its name is typed, and nobody can choose it any more', async () => {
    await open('t/globex/access', 'Access');
    await askTwice(page.getByRole('button', { name: 'Delete tenant globex' }));
    expect(await dialog().getByRole('button', { name: 'Delete it' }).isDisabled()).toBe(true);
    await page.getByLabel('Type globex to go on').fill('globex');
    await answer('Delete it');
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await expect.poll(() => rowOf('Company globex').count(), { timeout: 30_000 }).toBe(0);
    await page.reload();
    await expect.poll(() => page.getByLabel('Tenant').getByRole('option').allTextContents()).toEqual(['acme-notes']);
    expect(
      (await scene.gatehouse.call('GET', '/admin/tenants/globex', { bearer: scene.gatehouse.adminToken })).status,
    ).toBe(404);
  });

  test('a key that may only read sees all of it, and has no button that writes', async () => {
    const { key } = (await scene.gatehouse.admin('POST', '/admin/keys', { name: 'reader', read_only: true })).json as {
      key: string;
    };
    const reader = await Tab.open(browser);
    await new ConsolePage(reader.page, scene.address).signIn(key);
    await reader.page.getByRole('heading', { name: 'Overview' }).waitFor();
    for (const [where, ...texts] of [
      ['access', 'acme-notes-1', scene.partner.clientId],
      ['users', 'ada'],
      ['apps', 'acme-flow'],
    ] as const) {
      await reader.page.goto(`${scene.address}#/t/acme-notes/${where}`);
      for (const text of texts) await reader.page.getByRole('row').filter({ hasText: text }).waitFor();
      const buttons = reader.page.locator('main').getByRole('button');
      expect([where, await buttons.filter({ visible: true }).allTextContents()]).toEqual([where, []]);
    }
    await reader.close();
    expect(tab.complaints).toEqual([]);
  });
});
