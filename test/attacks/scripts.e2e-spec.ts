import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { types, type Partner } from '../main-job/partner.js';
import { ConnectScene, inBrowser, isMissing } from '../sdk/connect-scene.js';
import { readJsonFile, thirdPartyFile } from '../vectors/third-party-file.js';
import { HostileProvider } from './hostile-provider.js';

const naughty = thirdPartyFile('naughty-strings/blns.json');
/** So many texts on a page at once. */
const TOGETHER = 12;

/** Ways to run a script where a text is put into an element, an attribute, a URL, a style or a script. */
const SCRIPTS = [
  '<script>canary()</script>',
  '<img src=x onerror=canary()>',
  '"><svg onload=canary()>',
  "' autofocus onfocus=canary() x='",
  '" onmouseover="canary()" style="position:fixed;inset:0" x="',
  '</title><script>canary()</script>',
  '</style><script>canary()</script>',
  '</script><script>canary()</script>',
  '--><script>canary()</script><!--',
  '";canary();//',
  "';canary();//",
  '`;canary();//',
  '${canary()}',
  '\\u003cscript>canary()</script>',
  '\u2028canary()\u2029',
  'javascript:canary()',
  '<a href="javascript:canary()" data-connect="continue">Continue</a>',
  '<iframe srcdoc="<script>parent.canary()</script>">',
  '<base href="https://evil.example/">',
  '<meta http-equiv="refresh" content="0;url=javascript:canary()">',
  '<form action="https://evil.example/"><button data-connect="continue">',
  '<link rel=stylesheet href="https://evil.example/x.css">',
  '<math><mtext></form><form><mglyph><style></math><img src onerror=canary()>',
  '<details open ontoggle=canary()>',
];
const LOGOS = [
  'javascript:canary()',
  'data:text/html,<script>canary()</script>',
  'https://x.example/"onerror="canary()',
  "https://x.example/a.png'><script>canary()</script>",
  'https://evil.example;script-src *',
];

/** In every page, before its own: what a script that got in would do, and what the policy had to stop. */
const WATCH = `window.sung = []; window.violations = [];
for (const name of ['canary', 'alert', 'confirm', 'prompt']) window[name] = () => sung.push(name);
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => violations.push(violatedDirective + ' ' + blockedURI));`;

/** All in one, or as many of them as are taken alone. A text that is refused shows nowhere. @returns how many were taken */
async function put(texts: string[], set: (text: string) => Promise<boolean>): Promise<number> {
  if (await set(texts.join(' '))) return texts.length;
  let taken = 0;
  for (const text of texts) if (await set(text)) taken += 1;
  return taken;
}

/** security.md C5: what people, tenants and third parties write is text, whatever it is. */
describe.skipIf(isMissing)(inBrowser('no text of anybody runs as a script in Connect'), () => {
  let scene: ConnectScene;
  let provider: HostileProvider;
  let partner: Partner;
  let person: BrowserContext;
  let pages = 0;
  /** Titles that the catalog took. */
  let titles = 0;

  beforeAll(async () => {
    scene = await ConnectScene.start({ slugs: ['notes'] });
    provider = await HostileProvider.start();
    const site = await scene.site('notes');
    if (!site.partner) throw new Error('The site has no partner.');
    partner = site.partner;
    await admin('POST', '/admin/apps', provider.document('evil-app'));
    const oauth = { client_id: 'evil-client', client_secret: 'evil-secret' };
    await admin('PUT', '/admin/tenants/notes/apps/evil-app', { oauth });
    person = await scene.person();
    await person.addInitScript(WATCH);
  });
  afterAll(async () => {
    await scene?.close();
    await provider?.close();
  });

  const admin = async (method: string, path: string, json: unknown): Promise<boolean> => {
    const { gatehouse } = scene.scenario;
    const { status } = await gatehouse.call(method, path, { bearer: gatehouse.adminToken, json });
    expect(status).toBeLessThan(500);
    return status < 300;
  };
  const codeFor = async (texts: string[]): Promise<string> => {
    const asked = { requested_token_type: types.connectToken, resource: `${scene.url}/to/evil-app` };
    for (const user of [texts.join(' ').slice(0, 255), ...texts, 'ada']) {
      const answer = await partner.exchangeJwt(user, asked);
      expect(answer.status).toBeLessThan(500);
      if (answer.status === 200) return answer.at('access_token');
    }
    throw new Error('Nobody gets a session code.');
  };
  const expectSilence = async (page: Page) => {
    expect(await page.evaluate('({ sung, violations })'), page.url()).toEqual({ sung: [], violations: [] });
    expect(await page.locator('h1').count()).toBe(1);
    expect(await page.locator('iframe, base, [onerror], [onload], [onfocus], [onmouseover]').count()).toBe(0);
    pages += 1;
  };
  const show = async (texts: string[], page: Page) => {
    const joined = texts.join(' ');
    titles += await put(texts, (title) =>
      admin('POST', '/admin/apps', provider.document('evil-app', { title, description: joined })),
    );
    await put(texts, (name) => admin('PATCH', '/admin/tenants/notes', { name }));
    provider.sendBrowsersTo((asked) => {
      const back = new URL(asked.get('redirect_uri') ?? '');
      const said = { error: texts[0] || 'x', error_description: joined, state: asked.get('state') ?? '' };
      back.search = new URLSearchParams(said).toString();
      return back.href;
    });
    const query = new URLSearchParams({ token: await codeFor(texts), state: joined.slice(0, 500) });
    await page.goto(`${scene.url}/to/evil-app?${query.toString()}`);
    await expectSilence(page);
    const next = page.locator('[data-connect="continue"]');
    // There is one way on, and it is ours.
    expect(await next.count()).toBe(1);
    expect(await next.getAttribute('href')).toMatch(/^\/connect\/[0-9a-f-]{36}\/start$/);
    await next.click();
    await page.locator('h1').waitFor();
    await expectSilence(page);
  };

  test('the canary sings where a page does not escape', async () => {
    const page = await person.newPage();
    await page.goto('about:blank');
    await page.setContent(SCRIPTS.join('\n'));
    await page.waitForFunction('sung.length > 0');
    await page.close();
  });

  test('ways to run a script, as title, description, name, user and error', async () => {
    const page = await person.newPage();
    for (const script of SCRIPTS) await show([script], page);
    await page.close();
  });

  test.each(LOGOS)('an image of an app at %s is refused, or no more than an image', async (image) => {
    await admin('POST', '/admin/apps', provider.document('evil-app', { image }));
    await admin('PATCH', '/admin/tenants/notes', { branding: { logo_url: image } });
    const page = await person.newPage();
    await page.goto(`${scene.url}/to/evil-app?token=${await codeFor(['ada'])}`);
    expect(await page.evaluate('sung')).toEqual([]);
    for (const source of await page.evaluate<string[]>('[...document.images].map(({ src }) => src)')) {
      expect(source).toMatch(/^(https?:|data:image\/)/);
    }
    const policy = (await page.reload())?.headers()['content-security-policy'] ?? '';
    expect(policy).not.toContain('evil.example;');
    expect(policy).not.toMatch(/script-src [^;]*\*/);
    await page.close();
  });

  test.each(['token', 'state', 'redirect_uri', 'fallback_uri', 'reconnect_id', 'theme', 'link'])(
    'a link whose %s is a script',
    async (name) => {
      const page = await person.newPage();
      for (const script of SCRIPTS) {
        const query = new URLSearchParams({ token: 'x', [name]: script });
        await page.goto(`${scene.url}/to/${encodeURIComponent(script)}?${query.toString()}`);
        expect(await page.evaluate('({ sung, violations })')).toEqual({ sung: [], violations: [] });
      }
      await page.close();
    },
  );

  test.skipIf(naughty.isMissing)(
    `texts that have broken other software: ${naughty.name}`,
    async () => {
      await admin('PATCH', '/admin/tenants/notes', { branding: null });
      const texts = readJsonFile(naughty) as string[];
      const page = await person.newPage();
      const before = { pages, titles };
      for (let at = 0; at < texts.length; at += TOGETHER) await show(texts.slice(at, at + TOGETHER), page);
      expect(pages - before.pages).toBe(2 * Math.ceil(texts.length / TOGETHER));
      expect(titles - before.titles).toBeGreaterThan(texts.length * 0.9);
      await page.close();
    },
    300_000,
  );
});
