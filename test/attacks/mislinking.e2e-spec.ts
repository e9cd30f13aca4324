import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allow, arrived, ConnectScene, goToCrm, inBrowser, isMissing, visit } from '../sdk/connect-scene.js';
import { ConnectBrowser } from '../main-job/consent.js';
import type { EmbedSite } from '../sdk/embed-site.js';
import { HostileProvider } from './hostile-provider.js';

/** What a server of ours says to a browser that did not begin this. */
const REFUSED = /begun in another browser|used before/;

const goOn = (page: Page) => page.locator('[data-connect="continue"]').click({ noWaitAfter: true });

async function answerCrm(page: Page): Promise<void> {
  await page.locator('[data-crm="login"]').click();
  await allow(page);
}

/** security.md C2: cross-app (COAT, CORF) and cross-user (COSF) account linking, with two people's browsers and a hostile third party. */
describe.skipIf(isMissing)(inBrowser('under the strict policy no account is linked wrongly'), () => {
  let scene: ConnectScene;
  let provider: HostileProvider;
  let notes: EmbedSite;
  let mallory: EmbedSite;
  let victim: BrowserContext;
  let attacker: BrowserContext;
  const ada = 'ada';
  const eve = 'eve';

  beforeAll(async () => {
    scene = await ConnectScene.start({ slugs: ['notes', 'mallory'] });
    provider = await HostileProvider.start();
    notes = await scene.site('notes');
    mallory = await scene.site('mallory');
    const { gatehouse } = scene.scenario;
    await gatehouse.admin('POST', '/admin/apps', provider.document('evil-app'));
    const oauth = { client_id: 'evil-client', client_secret: 'evil-secret' };
    for (const slug of ['notes', 'mallory'])
      await gatehouse.admin('PUT', `/admin/tenants/${slug}/apps/evil-app`, { oauth });
  });
  afterAll(async () => {
    await scene?.close();
    await provider?.close();
  });
  beforeEach(async () => {
    [victim, attacker] = [await scene.person(), await scene.person()];
    provider.answerHonestly();
  });
  afterEach(async () => {
    // Whatever was tried: nobody has a link that works.
    for (const site of [notes, mallory]) {
      for (const user of [ada, eve]) {
        for (const app of ['acme-crm', 'evil-app']) {
          expect(Object.values(await scene.connections(site, user, app)), `${user}, ${app}`).not.toContain('connected');
        }
      }
    }
    await victim?.close();
    await attacker?.close();
  });

  const open = async (context: BrowserContext, code: string, { app = 'acme-crm', query = '' } = {}): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(`${scene.url}/to/${app}?token=${code}${query}`);
    return page;
  };
  /** The honest app's question, on behalf of this tenant, with a state that the attacker puts in. */
  const crmQuestion = (slug: string, asked: URLSearchParams) => {
    const url = new URL(`${scene.scenario.crm.url}/oauth/authorize`);
    url.search = new URLSearchParams({
      ...Object.fromEntries(asked),
      client_id: scene.scenario.crmClient.clientId,
      redirect_uri: `${scene.url}/connect/callback/${slug}/acme-crm`,
      scope: 'contacts:read',
    }).toString();
    return url.href;
  };

  test.each([
    ['of the same tenant', () => notes],
    ['of a malicious tenant', () => mallory],
  ])('COAT: an app %s that hands the browser on to an honest one gets no code of it', async (_whose, site) => {
    provider.sendBrowsersTo((asked) => crmQuestion('notes', asked));
    const { code } = await site().sessionCode(ada, 'evil-app');
    const page = await open(victim, code, { app: 'evil-app' });
    await goOn(page);
    await answerCrm(page);
    await page.getByText(REFUSED).waitFor();
    expect(page.url()).toContain('/connect/callback/notes/acme-crm');
    expect(provider.tokenRequests).toEqual([]);
    // The state is spent: the code can't be brought to the app that the state is of either.
    const { searchParams } = new URL(page.url());
    await page.goto(`${scene.url}/connect/callback/${site().slug}/evil-app?${searchParams.toString()}`);
    await page.getByText(REFUSED).waitFor();
    expect(provider.tokenRequests).toEqual([]);
  });

  test("CORF: a code of the attacker's own account, planted in the victim's flow, is not redeemed", async () => {
    const mine = new ConnectBrowser(scene.scenario);
    const question = await mine.thirdPartyUrl(await mine.open((await notes.sessionCode(eve)).code));
    // With the address that the CRM sent it to, and that the attacker's browser did not go to.
    const planted = (await mine.answerCrm(question)).searchParams;

    provider.sendBrowsersTo((asked) => {
      const query = new URLSearchParams({ code: planted.get('code') ?? '', state: asked.get('state') ?? '' });
      return `${scene.url}/connect/callback/notes/acme-crm?${query.toString()}`;
    });
    const page = await open(victim, (await notes.sessionCode(ada, 'evil-app')).code, { app: 'evil-app' });
    await goOn(page);
    await page.getByText(REFUSED).waitFor();

    const lured = await victim.newPage();
    await lured.goto(`${scene.url}/connect/callback/notes/acme-crm?${planted.toString()}`);
    await lured.getByText(REFUSED).waitFor();
  });

  test("CORF: the victim's own honest consent, brought to the address of a malicious app, tells that app nothing", async () => {
    const browser = new ConnectBrowser(scene.scenario);
    const question = await browser.thirdPartyUrl(await browser.open((await notes.sessionCode(ada)).code));
    const { href } = await browser.answerCrm(question);
    for (const address of [href.replace('/acme-crm', '/evil-app'), href]) {
      const answer = await browser.gatehouse.open(address);
      expect(answer.status).toBe(400);
      expect(await answer.text()).toMatch(REFUSED);
    }
    expect(provider.tokenRequests).toEqual([]);
  });

  test("COSF: a victim who finishes the attacker's link gives the attacker nothing", async () => {
    const { code, attempt } = await notes.sessionCode(eve);
    const page = await open(victim, code);
    await goToCrm(page);
    await allow(page);
    await page.getByRole('heading', { level: 1 }).waitFor();
    const caller = await scene.user(notes, eve);
    const seen = await caller.get(`/v2/connect-attempts/${attempt}`);
    expect(seen.at('data.state')).toBe('pending');
    expect(seen.text).not.toContain('connect_code');
    const listed = await caller.get(`/v2/authentications?app=${await caller.appId()}`);
    expect(listed.text).not.toContain('ada@acme-crm.test');
    const ended = await caller.ended(await caller.run('find_contacts', seen.at('data.authentication'), {}));
    expect(ended.json).toMatchObject({ data: { status: 'error', errors: [{ code: 'authentication' }] } });
    expect((await caller.post(`/v2/connect-attempts/${attempt}/confirm`, { connect_code: '' })).status).toBe(400);
  });

  test("COSF: the victim's own page of the partner does not confirm what the attacker began", async () => {
    const signedIn = await visit(victim, notes, ada);
    const { code } = await notes.sessionCode(eve);
    const page = await open(victim, code, { query: `&redirect_uri=${encodeURIComponent(notes.connected)}` });
    await goToCrm(page);
    await allow(page);
    expect(await arrived(page, notes)).toMatchObject({ status: 'failed', code: 'not_found' });
    expect(await signedIn.evaluate('messages')).toEqual([]);
  });

  test('COSF: the address of a third party that the attacker began is of no use to the victim, nor then to the attacker', async () => {
    const { code, attempt } = await notes.sessionCode(eve);
    const mine = await open(attacker, code);
    await mine.locator('[data-connect="continue"]').waitFor();
    const cookie = (await attacker.cookies(scene.url)).map(({ name, value }) => `${name}=${value}`).join('; ');
    const start = `${scene.url}/connect/${attempt}/start`;
    const question = (await fetch(start, { headers: { cookie }, redirect: 'manual' })).headers.get('location') ?? '';
    const page = await victim.newPage();
    await page.goto(question);
    await answerCrm(page);
    await page.getByText(REFUSED).waitFor();
    await mine.goto(page.url());
    await mine.getByText(REFUSED).waitFor();
  });

  test('a thief who opens a stolen session code first connects nothing: only its owner can confirm', async () => {
    const { code, attempt } = await notes.sessionCode(ada);
    const page = await open(attacker, code);
    await goToCrm(page, 'tomas@acme-crm.test');
    await allow(page);
    await page.getByRole('heading', { level: 1 }).waitFor();
    const connectCode = /connect_code":"([^"]+)"/.exec(await page.content())?.[1] ?? '';
    expect(connectCode).not.toBe('');
    const thief = await scene.user(notes, eve);
    const path = `/v2/connect-attempts/${attempt}/confirm`;
    expect((await thief.post(path, { connect_code: connectCode })).status).toBe(404);
    const elsewhere = await scene.user(mallory, ada);
    expect((await elsewhere.post(path, { connect_code: connectCode })).status).toBe(404);
    const late = await open(victim, code);
    await late.getByText(REFUSED).waitFor();
  });
});
