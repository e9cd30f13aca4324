import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findChromium, type HttpServer } from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import type { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import { documentOf, keyOf, RIGHT, startDesk } from './keyed-app.js';
import { OauthApp } from './oauth-app.js';
import { launchChromium, Tab } from './page-browser.js';

const found = await findChromium();
const title = 'missing' in found ? `Connect in a browser (skipped: ${found.missing})` : 'Connect in a browser';
const MAX_BYTES = 30_000;
const COLOR = '#0b6e4f';

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

  /** Each page that a person can see, by what leads there. */
  const pages: Record<string, (tab: Tab, query: Record<string, string>) => Promise<void>> = {
    'consent at the app': async ({ page }, query) => {
      await page.goto(await linkFor(flow.key, query));
    },
    'an API key': async ({ page }, query) => {
      await page.goto(await linkFor(keyOf('apiKey'), query));
    },
    'a user name and password, refused': async ({ page }, query) => {
      await page.goto(await linkFor(keyOf('basic'), query));
      await page.getByLabel('User name').fill('ada@desk.test');
      await page.getByLabel('Password').fill('wrong');
      await page.locator('[data-connect="submit"]').click();
      await page.getByRole('alert').waitFor();
    },
    'a token, missing': async ({ page }, query) => {
      await page.goto(await linkFor(keyOf('bearer'), query));
      await page.locator('[data-connect="submit"]').click();
      await page.getByText('is missing').waitFor();
    },
    connected: async ({ page }, query) => {
      await page.goto(await linkFor(keyOf('apiKey'), query));
      await page.getByLabel('Your API key').fill(RIGHT.apiKey.api_key);
      await page.locator('[data-connect="submit"]').click();
      await page.getByRole('status').waitFor();
    },
    'already connected': async ({ page }, query) => {
      const user = await newUser();
      for (const _ of [1, 2]) {
        await page.goto(await linkFor(keyOf('apiKey'), query, user));
        await page.getByLabel('Your API key').fill(RIGHT.apiKey.api_key);
        await page.locator('[data-connect="submit"]').click();
        await page.getByRole('heading').waitFor();
      }
      await page.locator('[data-connect="renew"]').waitFor();
    },
    'not connected': async ({ page }, query) => {
      await page.goto(await linkFor(flow.key, query));
      await page.locator('[data-connect="cancel"]').click();
      await page.getByRole('alert').waitFor();
    },
    'a link that is not ours': async ({ page }) => {
      await page.goto(`${scenario.gatehouse.url}/to/${flow.key}?token=x`);
    },
  };

  describe.each(Object.keys(pages))('the page: %s', (name) => {
    test.each(['light', 'dark'] as const)('%s: axe finds nothing, it fits, and it breaks no policy', async (theme) => {
      const tab = await Tab.open(browser, { viewport: { width: 390, height: 800 }, colorScheme: theme });
      await pages[name]?.(tab, { theme });
      for (const width of [390, 1280]) {
        await tab.page.setViewportSize({ width, height: 800 });
        expect(await tab.axe()).toEqual([]);
        expect(await tab.overflows()).toBe(false);
      }
      expect(tab.complaints).toEqual([]);
      expect(tab.loaded.filter(({ status }) => status === 404)).toEqual([]);
      await tab.close();
    });
  });

  test('weighs less than 30 KB with all that it loads', async () => {
    for (const app of [flow.key, keyOf('basic')]) {
      const tab = await Tab.open(browser);
      await tab.page.goto(await linkFor(app), { waitUntil: 'networkidle' });
      expect(tab.loaded.map(({ url }) => new URL(url).pathname)).toContainEqual(`/app-images/${app}.svg`);
      expect(tab.loaded.map(({ status }) => status).filter((status) => status >= 400)).toEqual([]);
      expect(await tab.bytes()).toBeLessThan(MAX_BYTES);
      await tab.close();
    }
  });

  const ground = async (theme: string, colorScheme: 'light' | 'dark') => {
    const tab = await Tab.open(browser, { colorScheme });
    await tab.page.goto(await linkFor(flow.key, { theme }));
    const color = await tab.page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    await tab.close();
    return color;
  };

  test('the theme of the link stands above that of the device', async () => {
    const [light, dark] = [await ground('light', 'light'), await ground('dark', 'dark')];
    expect(light).not.toBe(dark);
    expect(await ground('dark', 'light')).toBe(dark);
    expect(await ground('light', 'dark')).toBe(light);
    expect(await ground('"><script>', 'dark')).toBe(dark);
  });

  const patch = (branding: unknown) =>
    scenario.gatehouse.call('PATCH', '/admin/tenants/acme-notes', {
      bearer: scenario.gatehouse.adminToken,
      json: { branding },
    });

  /** A change of the tenant is felt within a second. */
  const colored = (tab: Tab, key: string, color: string) =>
    vi.waitFor(
      async () => {
        const response = await tab.page.goto(await linkFor(key), { waitUntil: 'networkidle' });
        expect(await response?.text()).toContain(`--accent: ${color};`);
        return response;
      },
      { timeout: 20_000 },
    );

  describe("a tenant's branding", () => {
    test.each([
      ['a logo without TLS', { logo_url: 'http://cdn.acme.test/logo.png' }],
      ['a logo that is script', { logo_url: 'javascript:alert(1)' }],
      ['a logo with a password', { logo_url: 'https://a:b@cdn.acme.test/logo.png' }],
      ['a colour by name', { color: 'red' }],
      ['a colour that is more', { color: '#ffffff; } body { display: none' }],
      ['something else', { font: 'Comic Sans' }],
      ['a text', 'green'],
    ])('can not be %s', async (_, branding) => {
      expect((await patch(branding)).status).toBe(400);
    });

    test('is answered, changed in part, and taken away', async () => {
      const logo_url = 'https://cdn.acme.test/logo.png';
      expect((await patch({ logo_url, color: '#0B6E4F' })).json).toMatchObject({
        branding: { logo_url, color: COLOR },
      });
      expect((await patch({ color: '#112233' })).json).toMatchObject({ branding: { logo_url, color: '#112233' } });
      expect((await patch({ logo_url: null })).json).toMatchObject({ branding: { logo_url: null, color: '#112233' } });
      expect((await patch(null)).json).toMatchObject({ branding: { logo_url: null, color: null } });
    });

    test('colours the button, shows the logo, and lets the page load nothing else', async () => {
      await patch({ logo_url: 'https://cdn.acme.test/logo.png', color: COLOR });
      const tab = await Tab.open(browser);
      const png = Buffer.from(
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
        'base64',
      );
      await tab.page.route('https://cdn.acme.test/**', (route) =>
        route.fulfill({ contentType: 'image/png', body: png }),
      );
      const response = await colored(tab, flow.key, COLOR);
      expect(response?.headers()['content-security-policy']).toMatch(/img-src 'self' https:\/\/cdn\.acme\.test;/);
      const button = `document.querySelector('[data-connect="continue"]')`;
      expect(await tab.page.evaluate<string>(`getComputedStyle(${button}).backgroundColor`)).toBe('rgb(11, 110, 79)');
      expect(tab.loaded.map(({ url }) => url)).toContain('https://cdn.acme.test/logo.png');
      expect(await tab.axe()).toEqual([]);
      expect(tab.complaints).toEqual([]);
      await tab.close();
      await patch(null);
    });

    test('keeps text on the button readable: axe finds nothing with black, white, and between', async () => {
      for (const color of ['#000000', '#ffffff', '#777777', '#ffe600', '#e5007d']) {
        await patch({ color });
        const tab = await Tab.open(browser, { colorScheme: color === '#777777' ? 'dark' : 'light' });
        await colored(tab, keyOf('apiKey'), color);
        expect(await tab.axe()).toEqual([]);
        await tab.close();
      }
      await patch(null);
    });
  });
});
