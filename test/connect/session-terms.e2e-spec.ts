import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Browser } from '../../apps/demo/src/crm/test-client.js';
import { endOf } from '../main-job/consent.js';
import { EmbedUser } from '../main-job/embed-user.js';
import { types, type Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import { ConnectPage } from './connect-page.js';
import { OauthApp } from './oauth-app.js';

const CALLBACK = 'https://notes.acme.test/connected';
const ORIGIN = 'https://notes.acme.test';
const OTHER_ORIGIN = 'https://admin.acme.test';

let scenario: Scenario;
let flow: OauthApp;
let partner: Partner;
let ada: EmbedUser;
let users = 0;

beforeAll(async () => {
  [scenario, flow] = [await Scenario.start(), await OauthApp.start()];
  partner = await scenario.enrol({ redirect_uris: [CALLBACK], origins: [ORIGIN, OTHER_ORIGIN] });
  await flow.register(scenario, [partner]);
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

const open = (query: Record<string, string> = {}, browser?: Browser) => ConnectPage.open(ada, flow.key, query, browser);
const connections = async () => {
  const app = (await ada.get('/v2/apps?query=Acme Flow')).at('data.0.id');
  return ((await ada.get(`/v2/authentications?app=${app}`)).json as { data: { id: string }[] }).data;
};
const connected = async (query: Record<string, string> = {}) => {
  const { message } = await endOf(await flow.return(await open(query)));
  await ada.post(`/v2/connect-attempts/${message?.attempt}/confirm`, { connect_code: message?.connect_code });
  return message?.authId ?? '';
};

const code = (terms: Record<string, string>) =>
  partner.exchange({
    subject_token: ada.token,
    subject_token_type: types.accessToken,
    requested_token_type: types.connectToken,
    resource: `${scenario.gatehouse.url}/to/${flow.key}?${new URLSearchParams(terms).toString()}`,
  });

/** Opens Connect from a page, and cancels. @returns the origins that are told */
const toldWhenFrom = async (referer: string) => {
  const token = await partner.sessionCode(ada.token, flow.key);
  const answer = await scenario.gatehouse.call('GET', `/to/${flow.key}?token=${token}`, { headers: { referer } });
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const path = answer.headers.get('location') ?? '';
  await scenario.gatehouse.call('POST', `${path}/cancel`, { form: {}, headers: { cookie } });
  const shown = await scenario.gatehouse.call('GET', path, { headers: { cookie } });
  return /for \(const origin of (\[.*?\])\)/.exec(shown.text)?.[1];
};

const openWith = async (terms: Record<string, string>, query: Record<string, string> = {}) => {
  const token = (await code(terms)).at('access_token');
  const link = `/to/${flow.key}?${new URLSearchParams({ token, ...query }).toString()}`;
  return ConnectPage.at(link, new Browser(scenario.gatehouse.url));
};

const namedFor = async (token: string, terms: Record<string, string> = {}) => {
  const resource = `${scenario.gatehouse.url}/to/${flow.key}?${new URLSearchParams(terms).toString()}`;
  const asked = {
    subject_token: token,
    subject_token_type: types.externalJwt,
    requested_token_type: types.connectToken,
  };
  const sessionCode = (await partner.exchange({ ...asked, resource })).at('access_token');
  const page = await ConnectPage.at(`/to/${flow.key}?token=${sessionCode}`, new Browser(scenario.gatehouse.url));
  return /<b>(.*?)<\/b>/.exec(page.html)?.[1];
};

describe('what the page calls the user', () => {
  test('is the name of their JWT, escaped; that of the session code before it; else their subject', async () => {
    const user = `grace-${users}`;
    expect(await namedFor(await partner.jwt(user))).toBe(user);
    expect(await namedFor(await partner.jwt(user, { name: 'Grace <Hopper>' }))).toBe('Grace &#60;Hopper&#62;');
    expect(await namedFor(await partner.jwt(user), { user_title: 'Amazing Grace' })).toBe('Amazing Grace');
  });
});

describe('what the session code settles', () => {
  test.each([
    ['origin', 'https://evil.test'],
    ['redirect_uri', 'https://evil.test/connected'],
    ['reconnect_id', 'x'],
    ['account', 'some'],
    ['user_title', 'a\nb'],
  ])('is refused where it is not allowed: %s', async (name, value) => {
    const refused = await code({ [name]: value });
    expect([refused.status, refused.at('error')]).toEqual([400, 'invalid_target']);
    expect(refused.at('error_description')).toContain(name);
  });

  test('one origin of several is the only one that is told', async () => {
    expect((await endOf(await flow.return(await openWith({ origin: OTHER_ORIGIN })))).origins).toEqual([OTHER_ORIGIN]);
  });

  test('where it names none, the origin that the browser came from is, if it is registered', async () => {
    expect(await toldWhenFrom(`${OTHER_ORIGIN}/settings`)).toBe(JSON.stringify([OTHER_ORIGIN]));
    expect(await toldWhenFrom('https://evil.test/')).toBe(JSON.stringify([ORIGIN, OTHER_ORIGIN]));
  });

  test('the link changes nothing of it', async () => {
    const page = await openWith({ redirect_uri: CALLBACK }, { redirect_uri: 'https://evil.test/connected' });
    const { headers } = await page.send('cancel', {});
    expect(headers.get('location')).toMatch(new RegExp(`^${CALLBACK}\\?error=`));
  });

  test('the page calls the user as the partner does, else by the subject', async () => {
    expect((await openWith({ user_title: 'Ada Lovelace' })).html).toContain('<b>Ada Lovelace</b>');
    expect((await openWith({})).html).toContain(`<b>ada-${users}</b>`);
  });

  test('another account may take the place of the old one only where it says so', async () => {
    const reconnect_id = await connected();
    flow.account = 'somebody-else';
    const refused = await endOf(await flow.return(await openWith({}, { reconnect_id })));
    expect(refused.message).toMatchObject({ error: 'OAuth Failed: account_mismatch' });
    expect(refused.page).toContain('You signed in to another account than the one to renew');
    const taken = await endOf(await flow.return(await openWith({ account: 'any' }, { reconnect_id })));
    expect(taken.message).toMatchObject({ type: 'authenticationSuccess', authId: reconnect_id });
  });
});

const second = async (query: Record<string, string> = {}) => {
  const page = await open(query);
  const asked = await flow.return(page);
  expect(await asked.text()).toContain('You connected this Acme Flow account already');
  await page.reload();
  expect(page.html).toContain(`${flow.account}@flow.test`);
  return page;
};

describe('an account that is connected already', () => {
  test('is renewed when the person says so, under its id', async () => {
    const id = await connected();
    const page = await second();
    const { message } = await page.ended(await page.send('choice', { choice: 'renew' }));
    expect(message).toMatchObject({ type: 'authenticationSuccess', authId: id, connect_code: expect.any(String) });
    const path = `/v2/connect-attempts/${page.attempt}/confirm`;
    expect((await ada.post(path, { connect_code: message?.connect_code })).status).toBe(200);
    expect(await connections()).toMatchObject([{ id, status: 'connected' }]);
  });

  test('is connected twice when the person says so', async () => {
    const id = await connected();
    const page = await second();
    const { message } = await page.ended(await page.send('choice', { choice: 'both' }));
    expect(message?.authId).not.toBe(id);
    expect(await connections()).toHaveLength(2);
  });

  test('is left alone when the person cancels, or says something else', async () => {
    await connected();
    const page = await second({ redirect_uri: CALLBACK });
    expect((await page.browser.open(`${page.path}/choice`, { choice: 'neither' })).status).toBe(400);
    expect((await page.send('cancel', {})).headers.get('location')).toContain('access_denied');
    expect(await connections()).toHaveLength(1);
  });

  test('is chosen once, however often the button is pressed', async () => {
    await connected();
    const page = await second();
    const pressed = await Promise.all(Array.from({ length: 5 }, () => page.send('choice', { choice: 'both' })));
    expect(pressed.map(({ status }) => status)).toEqual([303, 303, 303, 303, 303]);
    expect(await connections()).toHaveLength(2);
  });

  test("of another user's is none of this one's business", async () => {
    await connected();
    const account = flow.account;
    const bob = await EmbedUser.signIn(scenario.gatehouse, partner, `bob-${users}`);
    flow.account = account;
    const { message } = await endOf(await flow.return(await ConnectPage.open(bob, flow.key)));
    expect(message?.type).toBe('authenticationSuccess');
  });
});
