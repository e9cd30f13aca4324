import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { queryOnce } from '#libs/testing';
import { Browser } from '../../apps/demo/src/crm/test-client.js';
import { EmbedUser } from '../main-job/embed-user.js';
import { expectRefusal } from '../main-job/error-format.js';
import type { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import { ConnectPage } from './connect-page.js';
import { OauthApp } from './oauth-app.js';

const CALLBACK = 'https://notes.acme.test/connected';
const DAY_SECONDS = 86_400;

let scenario: Scenario;
let flow: OauthApp;
let partner: Partner;
let trusting: Partner;
let ada: EmbedUser;
let users = 0;

beforeAll(async () => {
  [scenario, flow] = [await Scenario.start({ slugs: ['acme-notes', 'trusting'] }), await OauthApp.start()];
  partner = await scenario.enrol({ redirect_uris: [CALLBACK] });
  trusting = await scenario.enrol({ slug: 'trusting', connect_policy: 'zapier' });
  await flow.register(scenario, [partner, trusting]);
});
beforeEach(async () => {
  users += 1;
  flow.account = `account-${users}`;
  ada = await EmbedUser.signIn(scenario.gatehouse, partner, `ada-${users}`);
});
afterAll(async () => {
  await scenario.close();
  await flow.close();
});

const sqlOf = (sql: string, id: string) => queryOnce(scenario.databaseUrl, sql, [id]);
const asked = (changes: object = {}) => ({ app: flow.key, redirect_uri: CALLBACK, ...changes });
const made = async (changes: object = {}, user = ada) => {
  const answer = await user.post('/v2/connect-links', asked(changes));
  const { data } = answer.json as { data: { id: string; url: string; expires_at: string } };
  partner.secrets.add(new URL(data.url).searchParams.get('link') ?? '');
  return { ...data, path: data.url.slice(scenario.gatehouse.url.length) };
};
const browser = () => new Browser(scenario.gatehouse.url);
const follow = (link: { path: string }) => ConnectPage.at(link.path, browser());
const statusOf = async ({ id }: { id: string }) => (await ada.get(`/v2/connect-links/${id}`)).at('data.status');
const returned = (location: string | null) => Object.fromEntries(new URL(location ?? '').searchParams);
const remove = (id: string, bearer: string) => scenario.gatehouse.call('DELETE', `/v2/connect-links/${id}`, { bearer });

describe('POST /v2/connect-links', () => {
  test('refuses who has no token, and a token without the scope', async () => {
    expectRefusal(await scenario.gatehouse.post('/v2/connect-links', asked()), 'v2', 401);
    const reader = await partner.accessToken('ada', 'connection:read');
    expectRefusal(await scenario.gatehouse.post('/v2/connect-links', asked(), reader), 'v2', 403);
  });

  test('answers the link once, for a day unless another time is asked for', async () => {
    const answer = await ada.post('/v2/connect-links', asked({ user: `ada-${users}` }));
    expect(answer.status).toBe(201);
    const { data } = answer.json as { data: Record<string, string> };
    expect(data).toMatchObject({ type: 'connect_link', status: 'active', redirect_uri: CALLBACK, opened: 0 });
    expect(data.url).toMatch(new RegExp(`^${scenario.gatehouse.url}/to/${flow.key}\\?link=gate_sc_`));
    const life = Date.parse(data.expires_at ?? '') - Date.parse(data.created_at ?? '');
    expect(life).toBe(DAY_SECONDS * 1000);
    const again = await ada.get(`/v2/connect-links/${data.id}`);
    expect(again.json).toMatchObject({ data: { id: data.id } });
    expect(again.text).not.toContain('gate_sc_');
  });

  test.each([
    ['/app', { app: 'nothing' }],
    ['/user', { user: 'somebody-else' }],
    ['/user_title', { user_title: '' }],
    ['/expires_in', { expires_in: 1799 }],
    ['/expires_in', { expires_in: 604_801 }],
    ['/redirect_uri', { redirect_uri: 'https://evil.test/connected' }],
    ['/redirect_uri', { redirect_uri: undefined }],
    ['/reconnect_id', { reconnect_id: '0192f0c1-2b3c-7def-8123-456789abcdef' }],
  ])('refuses a bad %s: %j', async (pointer, changes) => {
    expectRefusal(await ada.post('/v2/connect-links', asked(changes)), 'v2', 400, { source: { pointer } });
    const wrapped = await ada.post('/v2/connect-links', { data: asked(changes) });
    expectRefusal(wrapped, 'v2', 400, { source: { pointer: `/data${pointer}` } });
  });

  test('takes what is asked for within data too, as other requests are', async () => {
    const answer = await ada.post('/v2/connect-links', { data: asked({ user_title: 'Ada', expires_in: 1800 }) });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ data: { user_title: 'Ada', redirect_uri: CALLBACK } });
    expectRefusal(await ada.post('/v2/connect-links', { data: null }), 'v2', 400, { source: { pointer: '/data' } });
  });

  test('asks for no redirect_uri under the policy of Zapier', async () => {
    const user = await EmbedUser.signIn(scenario.gatehouse, trusting, 'ada');
    expect((await user.post('/v2/connect-links', { app: flow.key })).status).toBe(201);
  });
});

describe('links of others', () => {
  test("are not there: another user's are neither listed, read nor revoked", async () => {
    const { id } = await made();
    const eve = await EmbedUser.signIn(scenario.gatehouse, partner, 'eve');
    expect((await eve.get('/v2/connect-links')).json).toMatchObject({ data: [], meta: { count: 0 } });
    expectRefusal(await eve.get(`/v2/connect-links/${id}`), 'v2', 404);
    expectRefusal(await remove(id, eve.token), 'v2', 404);
    const stranger = await EmbedUser.signIn(scenario.gatehouse, trusting, `ada-${users}`);
    expectRefusal(await stranger.get(`/v2/connect-links/${id}`), 'v2', 404);
    expect((await ada.get('/v2/connect-links')).json).toMatchObject({ data: [{ id }], meta: { count: 1 } });
  });
});

describe('a link', () => {
  test('begins an attempt, says for whom, and ends with one that the partner confirms', async () => {
    const link = await made({ user_title: 'Ada Lovelace' });
    const page = await follow(link);
    expect(page.html).toContain('<b>Ada Lovelace</b>');
    expect(page.html).toContain('If somebody sent you this link, close the window');
    const { headers } = await flow.return(page);
    const result = returned(headers.get('location'));
    expect(result).toMatchObject({ authentication_id: expect.any(String), connect_code: expect.any(String) });
    const path = `/v2/connect-attempts/${result.attempt}/confirm`;
    expect((await ada.post(path, { connect_code: result.connect_code })).status).toBe(200);
    expect((await ada.get(`/v2/authentications/${result.authentication_id}`)).at('data.status')).toBe('connected');
    expect(await statusOf(link)).toBe('used');
    const late = await browser().open(link.path);
    expect([late.status, (await late.text()).includes('This link has done its work')]).toEqual([400, true]);
  });

  test('may be opened again until one attempt has succeeded', async () => {
    const link = await made();
    await flow.return(await follow(link), { error: 'access_denied' });
    const second = await follow(link);
    expect(await statusOf(link)).toBe('active');
    expect((await flow.return(second)).headers.get('location')).toContain('authentication_id');
  });

  test('makes one connection, however many of its attempts come back at once', async () => {
    const link = await made();
    const pages = await Promise.all(Array.from({ length: 4 }, () => follow(link)));
    const ends = await Promise.all(pages.map((page) => flow.return(page)));
    const connected = ends.filter(({ headers }) => headers.get('location')?.includes('authentication_id'));
    expect(connected).toHaveLength(1);
  });

  test.each([
    ['HEAD', {}],
    ['GET', { 'sec-purpose': 'prefetch;prerender' }],
  ])('is not opened by who only looks: %s %j', async (method, headers) => {
    const link = await made();
    await scenario.gatehouse.call(method, link.path, { headers });
    expect((await ada.get(`/v2/connect-links/${link.id}`)).json).toMatchObject({ data: { opened: 0 } });
  });

  test('that is revoked opens nothing, and ends what it has begun', async () => {
    const link = await made();
    const page = await follow(link);
    const url = flow.callback(await flow.begin(page), { code: 'late' });
    expect((await remove(link.id, ada.token)).json).toMatchObject({ data: { status: 'revoked' } });
    const opened = await browser().open(link.path);
    expect([opened.status, (await opened.text()).includes('This link was withdrawn')]).toEqual([400, true]);
    expect(await (await page.browser.open(url)).text()).not.toContain('authentication_id');
    expect(flow.codes()).not.toContain('late');
  });

  test('that has expired, or was opened fifty times, says so', async () => {
    const [old, worn] = [await made(), await made()];
    await sqlOf(`UPDATE connect_links SET expires_at = created_at WHERE id = $1`, old.id);
    await sqlOf(`UPDATE connect_links SET opened = 50 WHERE id = $1`, worn.id);
    expect(await (await browser().open(old.path)).text()).toContain('This link has expired.');
    expect(await (await browser().open(worn.path)).text()).toContain('This link was opened too often.');
    expect(await statusOf(old)).toBe('expired');
  });

  test('is no session code, and a session code is no link', async () => {
    const token = new URL((await made()).url).searchParams.get('link') ?? '';
    const code = await partner.sessionCode(ada.token, flow.key);
    for (const query of [`token=${token}`, `link=${code}`, 'link=x']) {
      expect((await browser().open(`/to/${flow.key}?${query}`)).status).toBe(400);
    }
  });

  test('leads to its own app only', async () => {
    const { path } = await made();
    const answer = await browser().open(path.replace(flow.key, 'acme-crm'));
    expect(returned(answer.headers.get('location'))).toMatchObject({ error_description: 'Invalid app' });
  });

  test('is kept as a digest, and its text is in no log', async () => {
    await follow(await made());
    const rows = await queryOnce(scenario.databaseUrl, 'SELECT row::text AS text FROM connect_links row');
    const texts = [...scenario.logs(), ...rows.map(({ text }) => String(text))];
    for (const secret of partner.secrets) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
  });
});

describe('a link that an attacker sends to a victim (COSF)', () => {
  test('gets the attacker nothing of the account that the victim signs in to', async () => {
    const mallory = await EmbedUser.signIn(scenario.gatehouse, partner, 'mallory');
    const victim = ada;
    flow.account = 'account of the victim';
    const link = await made({}, mallory);
    const { headers } = await flow.return(await follow(link));
    // The victim's browser is now at the partner's page, where the victim is signed in.
    const { attempt, connect_code, authentication_id: id } = returned(headers.get('location'));
    const path = `/v2/connect-attempts/${attempt}/confirm`;
    expectRefusal(await victim.post(path, { connect_code }), 'v2', 404);
    for (const guess of ['', 'gate_cc_x', link.id])
      expect((await mallory.post(path, { connect_code: guess })).status).toBe(400);
    const seen = await mallory.get(`/v2/authentications/${id}`);
    expect(seen.json).toMatchObject({ data: { status: 'pending', is_expired: true, account: null } });
    expect((await mallory.get(`/v2/connect-attempts/${attempt}`)).text).not.toContain(connect_code ?? 'none');
    expect((await mallory.get('/v2/connect-links')).text).not.toContain('account of the victim');
  });
});
