import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decideConnect } from '#libs/testing';
import { Browser } from '../../apps/demo/src/crm/test-client.js';
import { ConnectPage } from '../connect/connect-page.js';
import { endOf, type ConnectEnd } from '../main-job/consent.js';
import type { EmbedUser } from '../main-job/embed-user.js';
import { slackOf, ZapierScene } from './zapier-scene.js';

const SLACK = slackOf('page');
const PARTNER = 'https://notes.acme.test/connected';

let scene: ZapierScene;
let user: EmbedUser;

beforeAll(async () => {
  scene = await ZapierScene.start({ redirect_uris: [PARTNER], connect_policy: 'zapier' });
});
beforeEach(async () => {
  await scene.zapier.ask('clearRules', {});
  user = await scene.newUser();
});
afterAll(() => scene?.close());

const open = (query: Record<string, string> = {}, app = SLACK) => ConnectPage.open(user, app, query);
/** Presses Continue. @returns the page of Zapier that the browser is sent to */
const goThere = async ({ browser, path }: ConnectPage): Promise<URL> => {
  const answer = await browser.open(`${path}/start`);
  return new URL(answer.headers.get('location') ?? 'none:');
};
const back = (there: URL, answer: Record<string, string>): string => {
  const url = new URL(there.searchParams.get('redirect_uri') ?? '');
  url.search = new URLSearchParams({ state: there.searchParams.get('state') ?? '', ...answer }).toString();
  return url.href;
};
/** Comes back with something else than Zapier has given. */
const bring = async (
  answer: Record<string, string>,
  query: Record<string, string> = {},
): Promise<ConnectEnd & { attempt: string }> => {
  const page = await open(query);
  const end = await endOf(await page.browser.open(back(await goThere(page), answer)));
  return { ...end, attempt: page.attempt };
};
/** What came of an attempt. */
const madeBy = async (attempt: string) => (await user.get(`/v2/connect-attempts/${attempt}`)).json;
const NOTHING = { data: { state: 'failed', authentication: null } };
const person = () => ({ org: 'org-1', sub: user.user });
/** Of this person at Zapier, without us. */
const connectThere = (app = 'SlackCLIAPI', who: { org: string; sub: string } = person()) =>
  scene.zapier.ask('connect', { user: who, app });

describe('an id that comes back', () => {
  test.each([
    ['of nobody', async () => '184652031999', 'connection_not_found'],
    ['of another app', () => connectThere('TrelloCLIAPI'), 'connection_not_found'],
    ['of another user', () => connectThere('SlackCLIAPI', { org: 'org-1', sub: 'mallory' }), 'connection_not_found'],
    [
      'of an account that has expired',
      async () => {
        const id = await connectThere();
        await scene.zapier.ask('expireConnection', { id });
        return id;
      },
      'connection_expired',
    ],
  ])('%s connects nothing, and the partner is told', async (_, idOf, reason) => {
    const end = await bring({ authentication_id: await idOf() }, { redirect_uri: PARTNER, state: 'mine' });
    expect(Object.fromEntries(end.location?.searchParams ?? [])).toMatchObject({
      error: 'server_error',
      error_description: `OAuth Failed: ${reason}`,
      state: 'mine',
    });
    expect(await madeBy(end.attempt)).toMatchObject(NOTHING);
  });

  test.each(['authentication_id', 'connection_id', 'id'])('of their own, as %s, connects it', async (name) => {
    const id = await connectThere();
    const end = await bring({ [name]: id });
    expect(end.message).toMatchObject({ type: 'authenticationSuccess', authId: expect.any(String) });
    const connection = { id: end.message?.authId, is_expired: false };
    expect(await scene.connections(user, SLACK)).toEqual([expect.objectContaining(connection)]);
  });

  test('behind a hundred others is found', async () => {
    const id = await connectThere();
    for (let more = 0; more < 120; more += 1) await connectThere();
    expect((await bring({ authentication_id: id })).message?.type).toBe('authenticationSuccess');
  });

  test('is one connection, however often it comes back', async () => {
    const id = await connectThere();
    const ends = [await bring({ authentication_id: id }), await bring({ authentication_id: id })];
    expect(ends[0]?.message?.authId).toBe(ends[1]?.message?.authId);
  });

  test('is looked for again where its list is a moment behind', async () => {
    const id = await connectThere();
    const empty = { data: [], links: { next: null, prev: null }, meta: { count: 0, limit: 100, offset: 0 } };
    const rule = { kind: 'answer', status: 200, body: empty, path: '/v2/authentications', times: 2 } as const;
    await scene.zapier.ask('rule', rule);
    expect((await bring({ authentication_id: id })).message?.type).toBe('authenticationSuccess');
  });

  test.each(['numeric_ids', 'array_of_envelopes', 'bare'] as const)('is read in a list that is %s', async (kind) => {
    const id = await connectThere();
    await scene.zapier.ask('rule', { kind, path: '/v2/authentications' });
    expect((await bring({ authentication_id: id })).message?.type).toBe('authenticationSuccess');
  });

  test.each([
    ['the state of another browser', (there: URL) => back(there, { authentication_id: '1' })],
    [
      'no state that we gave',
      (there: URL) => {
        there.searchParams.set('state', 'made up');
        return back(there, { authentication_id: '1' });
      },
    ],
  ])('with %s is shown to nobody', async (_, addressOf) => {
    const there = await goThere(await open());
    await scene.zapier.ask('forgetCalls');
    const response = await new Browser(scene.scenario.gatehouse.url).open(addressOf(there));
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('in another browser')]);
    expect(await scene.zapier.ask('calls')).toEqual([]);
  });

  test('at the address of another upstream ends the attempt', async () => {
    const page = await open();
    const there = await goThere(page);
    const address = back(there, { authentication_id: await connectThere() });
    const response = await page.browser.open(address.replace('/upstream/page/', '/upstream/popup/'));
    expect(response.status).toBe(400);
    expect(await (await page.browser.open(page.path)).text()).toContain('in another browser or tab');
  });

  test('twice is shown once more as it was', async () => {
    const page = await open({ redirect_uri: PARTNER });
    const address = back(await goThere(page), { authentication_id: await connectThere() });
    await page.browser.open(address);
    const again = await page.browser.open(address);
    const on = await page.browser.open(again.headers.get('location') ?? '');
    expect(on.headers.get('location')).toContain('authentication_id=');
  });
});

describe('where Zapier can not be asked', () => {
  test.each([
    ['its list fails', { kind: 'html', status: 502, path: '/v2/authentications' }, 'temporarily_unavailable'],
    ['its list is lost', { kind: 'lose_reply', path: '/v2/authentications' }, 'timeout'],
  ] as const)('%s: nothing is connected, and the partner is told', async (_, rule, reason) => {
    const page = await open({ redirect_uri: PARTNER });
    const address = back(await goThere(page), { authentication_id: await connectThere() });
    await scene.zapier.ask('rule', rule);
    const end = await endOf(await page.browser.open(address));
    expect(end.location?.searchParams.get('error_description')).toBe(`OAuth Failed: ${reason}`);
    await scene.zapier.ask('clearRules', {});
    expect(await madeBy(page.attempt)).toMatchObject(NOTHING);
  });

  test('it gives no session code: the person gets a page that says what to do', async () => {
    await scene.zapier.ask('rule', { kind: 'answer', status: 503, path: '/oauth/token' });
    const page = await open();
    const end = await endOf(await page.browser.open(`${page.path}/start`));
    expect(end.message).toMatchObject({ error: 'OAuth Failed: temporarily_unavailable' });
    expect(end.page).toContain('Wait a few minutes');
  });
});

/** protocol.md §5.3 */
test.each([
  ['invalid_request', 'Token expired', 'OAuth Failed: session_expired'],
  ['server_error', 'OAuth Failed: access_denied', 'OAuth Failed: access_denied'],
  ['server_error', 'An unexpected error occurred', 'OAuth Failed: server_error'],
])('the end "%s: %s" there is told as "%s"', async (error, description, told) => {
  await scene.zapier.ask('rule', { kind: 'connect_fails', error, description, path: '/to/*' });
  const page = await open();
  const end = await decideConnect((await goThere(page)).href);
  const location = 'location' in end ? end.location.href : '';
  expect((await endOf(await page.browser.open(location))).message).toMatchObject({ error: told });
});

test('what the upstream is asked for is its own app, by a code for that page alone, with our theme', async () => {
  const there = await goThere(await open({ theme: 'dark', state: 'of-the-partner' }));
  expect([there.origin, there.pathname]).toEqual([scene.zapier.origin, '/to/SlackCLIAPI']);
  expect(there.searchParams.get('theme')).toBe('dark');
  expect(there.searchParams.get('state')).not.toBe('of-the-partner');
  expect(there.searchParams.get('redirect_uri')).toBe(`${scene.scenario.gatehouse.url}/oauth/upstream/page/callback`);
  expect(there.searchParams.has('reconnect_id')).toBe(false);
});

test('an account that is renewed can not become another one', async () => {
  const [first, second] = [await connectThere(), await connectThere()];
  const { message } = await bring({ authentication_id: first });
  const end = await bring({ authentication_id: second }, { reconnect_id: message?.authId ?? '' });
  expect(end.message).toMatchObject({ error: 'OAuth Failed: account_mismatch' });
});

test('what a page says it heard in a popup is read back as well', async () => {
  for (const id of ['184652031999', await connectThere()]) {
    const page = await open({}, slackOf('popup'));
    await page.browser.open(`${page.path}/start?window=popup`);
    const answer = await page.browser.open(`${page.path}/popup`, {
      form_token: page.valueOf('form_token') ?? '',
      authentication_id: id,
    });
    expect((await page.ended(answer)).message?.type).toBe(
      id === '184652031999' ? 'authenticationError' : 'authenticationSuccess',
    );
  }
});

test("a form that is not our own page's is not believed", async () => {
  const page = await open({}, slackOf('popup'));
  await page.browser.open(`${page.path}/start?window=popup`);
  const answer = await page.browser.open(`${page.path}/popup`, { form_token: 'guessed', authentication_id: '1' });
  expect(answer.status).toBe(400);
  expect(await madeBy(page.attempt)).toMatchObject({ data: { state: 'consenting', authentication: null } });
});
