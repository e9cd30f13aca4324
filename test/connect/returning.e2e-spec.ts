import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Browser } from '../../apps/demo/src/crm/test-client.js';
import { endOf } from '../main-job/consent.js';
import { EmbedUser } from '../main-job/embed-user.js';
import type { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import { ConnectPage } from './connect-page.js';
import { OauthApp } from './oauth-app.js';

const CALLBACK = 'https://notes.acme.test/connected';
const ORIGIN = 'https://notes.acme.test';

let scenario: Scenario;
let flow: OauthApp;
let named: OauthApp;
let partner: Partner;
let ada: EmbedUser;
let users = 0;

beforeAll(async () => {
  [scenario, flow, named] = [await Scenario.start(), await OauthApp.start(), await OauthApp.start('acme-named')];
  partner = await scenario.enrol({ redirect_uris: [CALLBACK], origins: [ORIGIN] });
  await flow.register(scenario, [partner]);
  await named.register(scenario, [partner], { issuer: 'https://issuer.named.test' });
});
beforeEach(async () => {
  users += 1;
  flow.account = `account-${users}`;
  ada = await EmbedUser.signIn(scenario.gatehouse, partner, `ada-${users}`);
});
afterAll(async () => {
  await scenario.close();
  await flow.close();
  await named.close();
});

const open = (query: Record<string, string> = {}, browser?: Browser) => ConnectPage.open(ada, flow.key, query, browser);
const connections = async () => {
  const app = (await ada.get('/v2/apps?query=Acme Flow')).at('data.0.id');
  return ((await ada.get(`/v2/authentications?app=${app}`)).json as { data: { id: string }[] }).data;
};

describe('a page that is loaded again', () => {
  test('before the third party was asked is the same page', async () => {
    const page = await open();
    const before = page.html.replaceAll(/nonce="[^"]+"/g, '');
    await page.reload();
    expect(page.html.replaceAll(/nonce="[^"]+"/g, '')).toBe(before);
  });

  test('after the third party has returned tells the opener the same again, and makes no second connection', async () => {
    const page = await open();
    const callback = flow.callback(await flow.begin(page), { code: 'code-1' });
    const first = await endOf(await page.browser.open(callback));
    const again = await page.browser.open(callback);
    expect([again.status, again.headers.get('location')]).toEqual([303, `${page.path}/on`]);
    expect((await endOf(await page.browser.open(`${page.path}/on`))).message).toEqual(first.message);
    await page.reload();
    expect(page.html).toContain('Acme Flow is connected');
    expect(await connections()).toHaveLength(1);
  });

  test('after the partner confirmed carries no code any more', async () => {
    const page = await open();
    const { message } = await endOf(await flow.return(page));
    await ada.post(`/v2/connect-attempts/${message?.attempt}/confirm`, { connect_code: message?.connect_code });
    const { message: again } = await endOf(await page.browser.open(page.path));
    expect(again).toEqual({ type: 'authenticationSuccess', authId: message?.authId, attempt: message?.attempt });
  });

  test('after a failure says the same failure', async () => {
    const page = await open();
    await flow.return(page, { error: 'access_denied' });
    const { message } = await endOf(await page.browser.open(page.path));
    expect(message).toMatchObject({ type: 'authenticationError', error: 'OAuth Failed: access_denied' });
  });

  test.each(['cross-site', 'same-site'])('is what another site gets that sends the browser on: %s', async (site) => {
    const token = await partner.sessionCode(ada.token, flow.key);
    const { headers } = await scenario.gatehouse.call('GET', `/to/${flow.key}?token=${token}`);
    const cookie = (headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const path = headers.get('location') ?? '';
    const start = (from: string) =>
      scenario.gatehouse.call('GET', `${path}/start`, { headers: { cookie, 'sec-fetch-site': from } });
    expect((await start(site)).headers.get('location')).toBe(path);
    expect((await start('same-origin')).headers.get('location')).toContain('state=');
  });

  test('in redirect mode offers the way to the partner, and does not push there', async () => {
    const page = await open({ redirect_uri: CALLBACK });
    const location = (await flow.return(page)).headers.get('location') ?? '';
    await page.reload();
    expect(page.status).toBe(200);
    const shown = page.html.replaceAll('&#38;', '&').replaceAll('&#61;', '=');
    expect(shown).toContain(`href="${location}"`);
    expect(page.html).not.toContain('<script');
  });
});

describe('the Back button', () => {
  test('to a consent that has ended starts no second one', async () => {
    const page = await open();
    await flow.return(page);
    const asked = await page.browser.open(`${page.path}/start`);
    expect(asked.headers.get('location')).toBe(page.path);
    expect(await connections()).toHaveLength(1);
  });

  test('to our page and Continue once more voids the first answer', async () => {
    const page = await open();
    const [first, second] = [await flow.begin(page), await flow.begin(page)];
    expect((await page.browser.open(flow.callback(first, { code: 'first' }))).status).toBe(400);
    const { message } = await endOf(await page.browser.open(flow.callback(second, { code: 'second' })));
    expect(message?.type).toBe('authenticationSuccess');
    expect(flow.codes()).not.toContain('first');
  });

  test('to Cancel after it ended cancels nothing', async () => {
    const page = await open();
    await flow.return(page);
    expect((await page.send('cancel', {})).headers.get('location')).toBe(page.path);
    expect((await ada.get(`/v2/connect-attempts/${page.attempt}`)).at('data.state')).toBe('pending');
  });
});

test('Allow pressed twice makes one connection, and both presses end well', async () => {
  const page = await open();
  const callback = flow.callback(await flow.begin(page), { code: 'pressed-twice' });
  const answers = await Promise.all([page.browser.open(callback), page.browser.open(callback)]);
  expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 303]);
  expect((await endOf(await page.browser.open(`${page.path}/on`))).message?.type).toBe('authenticationSuccess');
  expect(await connections()).toHaveLength(1);
  expect(flow.codes().filter((code) => code === 'pressed-twice')).toHaveLength(1);
});

describe('a link', () => {
  test('opened twice in one browser leads to the one attempt; in another to none', async () => {
    const browser = new Browser(scenario.gatehouse.url);
    const link = `/to/${flow.key}?token=${await partner.sessionCode(ada.token, flow.key)}`;
    const page = await ConnectPage.at(link, browser);
    expect((await browser.open(link)).headers.get('location')).toBe(`${page.path}/on`);
    const elsewhere = await new Browser(scenario.gatehouse.url).open(link);
    expect([elsewhere.status, elsewhere.headers.get('set-cookie')]).toEqual([400, null]);
  });

  test('in two tabs of one browser, for two attempts, disturbs neither', async () => {
    const browser = new Browser(scenario.gatehouse.url);
    const [one, two] = [await open({}, browser), await open({}, browser)];
    const [first, second] = [await flow.begin(one), await flow.begin(two)];
    const ends = [
      await browser.open(flow.callback(second, { code: 'b' })),
      await browser.open(flow.callback(first, { code: 'a' })),
    ];
    const attempts = await Promise.all(ends.map(async (end) => (await endOf(end)).message?.attempt));
    expect(attempts).toEqual([two.attempt, one.attempt]);
  });
});

describe('a state', () => {
  test('that another browser brings after the end shows it nothing and changes nothing', async () => {
    const page = await open();
    const callback = flow.callback(await flow.begin(page), { code: 'code-1' });
    await page.browser.open(callback);
    const stranger = await new Browser(scenario.gatehouse.url).open(callback);
    expect(stranger.status).toBe(400);
    expect(await stranger.text()).not.toContain(page.attempt);
    expect((await ada.get(`/v2/connect-attempts/${page.attempt}`)).at('data.state')).toBe('pending');
  });

  test('is not taken from the address of Continue: a code there is not exchanged', async () => {
    const page = await open();
    const asked = await flow.begin(page);
    const planted = new URLSearchParams({ code: 'planted', state: asked.searchParams.get('state') ?? '' });
    const answer = await page.browser.open(`${page.path}/start?${planted.toString()}`);
    expect(new URL(answer.headers.get('location') ?? '').pathname).toBe('/authorize');
    expect(flow.codes()).not.toContain('planted');
  });
});

describe('an issuer that names itself (RFC 9207)', () => {
  test.each([
    ['of another origin', 'https://evil.test'],
    ['that is no URL', 'acme'],
  ])('%s is refused before the code is shown to anybody', async (_, iss) => {
    const { message } = await endOf(await flow.return(await open(), { code: `to-${iss}`, iss }));
    expect(message).toMatchObject({ error: 'OAuth Failed: issuer_mismatch' });
    expect(flow.codes()).not.toContain(`to-${iss}`);
  });

  test("of the app's own origin is taken", async () => {
    const { message } = await endOf(await flow.return(await open(), { code: 'c', iss: flow.server.origin }));
    expect(message?.type).toBe('authenticationSuccess');
  });

  test('is compared exactly where the document names one', async () => {
    const returned = async (iss: string) => {
      const page = await ConnectPage.open(ada, named.key);
      return (await endOf(await named.return(page, { code: 'c', iss }))).message;
    };
    expect(await returned('https://issuer.named.test/')).toMatchObject({ error: 'OAuth Failed: issuer_mismatch' });
    expect(await returned(named.server.origin)).toMatchObject({ error: 'OAuth Failed: issuer_mismatch' });
    expect((await returned('https://issuer.named.test'))?.type).toBe('authenticationSuccess');
  });
});
