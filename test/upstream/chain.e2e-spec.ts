import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findChromium, type HttpServer } from '#libs/testing';
import { launchChromium, Tab } from '../connect/page-browser.js';
import { EmbedUser } from '../main-job/embed-user.js';
import { Chain } from './chain.js';
import { startPartnerPage } from './partner-page.js';

const found = await findChromium();
const press = (page: Page) => page.locator('[data-connect="continue"]').click();

/** The whole main job, one step after another: a failing step fails those after it. All are under the strict policy. */
describe.skipIf('missing' in found).each([
  { name: 'one Gatehouse behind another', length: 2, connect: 'page' },
  { name: 'a chain of three', length: 3, connect: 'popup' },
] as const)('$name', ({ length, connect }) => {
  let chain: Chain;
  let site: HttpServer;
  let browser: Browser;
  let user: EmbedUser;
  const connections: string[] = [];

  beforeAll(async () => {
    site = await startPartnerPage();
    const settings = { origins: [site.origin], redirect_uris: [`${site.origin}/connected`] };
    chain = await Chain.start(length, connect, settings);
    user = await EmbedUser.signIn(chain.gatehouse, chain.partner, 'ada');
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await chain?.close();
    await site?.close();
  });

  const linkFor = async (query: Record<string, string> = {}) => {
    const token = await chain.partner.sessionCode(user.token, chain.app);
    return `${chain.gatehouse.url}/to/${chain.app}?${new URLSearchParams({ token, ...query }).toString()}`;
  };
  /** Through the pages of all Gatehouses to the CRM, and back. */
  const goThrough = async (page: Page) => {
    await page.getByText('through the next Gatehouse').waitFor();
    const popup = connect === 'popup' ? page.waitForEvent('popup') : null;
    await press(page);
    const there = popup ? await popup : page;
    for (const next of chain.scenarios.slice(1)) {
      await there.waitForURL((url) => url.origin === next.gatehouse.url && url.pathname.startsWith('/connect/'));
      await press(there);
    }
    await there.locator('[data-crm="login"]').click();
    await there.locator('[data-crm="allow"]').click();
    // The last Gatehouse knows the account, where it was connected before.
    if (connections.length > 0) await there.locator('[data-connect="both"]').click();
  };
  const confirm = async (attempt: string, connect_code: string) => {
    const answer = await user.post(`/v2/connect-attempts/${attempt}/confirm`, { connect_code });
    expect(answer.json).toMatchObject({ data: { state: 'connected', authentication: expect.any(String) } });
    connections.push(answer.at('data.authentication'));
  };
  const listed = async () => {
    const { json } = await user.get(`/v2/authentications?limit=100&app=${chain.app}`);
    return (json as { data: { id: string; title: string; is_expired: boolean }[] }).data;
  };
  const action = async (key: string) => {
    const { json } = await user.get(`/v2/actions?limit=100&app=${await user.appId()}`);
    const actions = (json as { data: { key: string; id: string }[] }).data;
    return encodeURIComponent(actions.find((one) => one.key === key)?.id ?? '');
  };

  test("the app is in the partner's list, with where it is from", async () => {
    expect((await user.get('/v2/apps?query=Acme CRM')).json).toMatchObject({
      data: [{ key: chain.app, source: 'next', links: { connect_new_authentication: expect.any(String) } }],
      meta: { count: 1 },
    });
  });

  test("Connect goes to the CRM and back by redirect, and is nobody's before the partner confirms", async () => {
    const tab = await Tab.open(browser);
    await tab.page.goto(await linkFor({ redirect_uri: `${site.origin}/connected`, state: 'mine' }));
    await goThrough(tab.page);
    await tab.page.waitForURL((url) => url.origin === site.origin);
    const told = Object.fromEntries(new URL(tab.page.url()).searchParams);
    expect(told).toMatchObject({ authentication_id: expect.any(String), service: chain.app, state: 'mine' });
    await confirm(told.attempt ?? '', told.connect_code ?? '');
    expect(connections).toEqual([told.authentication_id]);
    expect(await listed()).toEqual([expect.objectContaining({ id: told.authentication_id, is_expired: false })]);
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });

  test('and in a window that tells the page that opened it', async () => {
    const tab = await Tab.open(browser);
    await tab.page.goto(`${site.origin}/`);
    const link = await linkFor();
    const opened = tab.page.waitForEvent('popup');
    await tab.page.evaluate(`void open(${JSON.stringify(link)}, 'zapier-connect', 'popup')`);
    await goThrough(await opened);
    await vi.waitFor(async () => expect(await tab.page.evaluate('heard.length')).toBe(1), { timeout: 20_000 });
    const [told] = await tab.page.evaluate<Record<string, string>[]>('heard');
    expect(told).toMatchObject({ type: 'authenticationSuccess', authId: expect.any(String) });
    await confirm(told?.attempt ?? '', told?.connect_code ?? '');
    await tab.close();
  });

  test('its inputs and choices are asked for through all of them', async () => {
    const id = await action('create_contact');
    const body = { data: { authentication: connections[0], inputs: {} } };
    const inputs = await user.post(`/v2/actions/${id}/inputs`, body);
    expect(inputs.json).toMatchObject({
      data: expect.arrayContaining([expect.objectContaining({ id: 'list_id', format: 'SELECT' })]),
    });
    const choices = await user.post(`/v2/actions/${id}/inputs/list_id/choices`, body);
    expect(choices.json).toMatchObject({
      data: expect.arrayContaining([expect.objectContaining({ id: 'lst_leads', label: 'Leads' })]),
    });
  });

  test('a run does in the CRM what it should, once, and its result comes back', async () => {
    const email = `grace-${length}@hopper.test`;
    const run = await user.run('create_contact', connections[0] ?? '', { email, list_id: 'lst_leads' });
    const ended = await user.ended(run, 60);
    expect(ended.json).toMatchObject({ data: { status: 'success', results: [expect.objectContaining({ email })] } });
    const rows = (await chain.crmContacts()).split('<tr ');
    expect(rows.filter((row) => row.includes(email))).toHaveLength(1);
  });

  test('what the CRM refuses is told as it told it', async () => {
    const inputs = { email: 'nobody@hopper.test', list_id: 'lst_none' };
    const ended = await user.ended(await user.run('create_contact', connections[0] ?? '', inputs), 60);
    expect(ended.json).toMatchObject({ data: { status: 'error', errors: [{ code: 'user' }] } });
  });

  test('disconnected here, it is gone from all of them', async () => {
    for (const id of connections)
      expect(
        (await user.gatehouse.call('DELETE', `/v2/authentications/${id}`, { bearer: user.token })).status,
      ).toBeLessThan(300);
    expect(await listed()).toEqual([]);
    for (const { gatehouse } of chain.scenarios)
      expect((await gatehouse.admin('GET', '/admin/tenants/acme-notes/connections')).json).toMatchObject({
        connections: [],
      });
  });
});
