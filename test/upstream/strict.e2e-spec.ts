import { afterAll, beforeAll, expect, test } from 'vitest';
import { decideConnect, decideConsent } from '#libs/testing';
import { ConnectPage } from '../connect/connect-page.js';
import { endOf } from '../main-job/consent.js';
import { EmbedUser } from '../main-job/embed-user.js';
import { slackOf, ZapierScene } from './zapier-scene.js';

const PARTNER = 'https://notes.acme.test/connected';

let scene: ZapierScene;

beforeAll(async () => {
  scene = await ZapierScene.start({ redirect_uris: [PARTNER], connect_policy: 'strict' });
});
afterAll(() => scene?.close());

const told = async (response: Response): Promise<Record<string, string>> =>
  Object.fromEntries((await endOf(response)).location?.searchParams ?? []);
const confirm = (user: EmbedUser, { attempt = '', connect_code }: Record<string, string>) =>
  user.post(`/v2/connect-attempts/${attempt}/confirm`, { connect_code });
/** What came of pressing Continue: where the browser is sent at last. */
const press = async ({ browser, path }: ConnectPage): Promise<string> => {
  const first = (await browser.open(`${path}/start`)).headers.get('location') ?? '';
  return first.startsWith('/') ? ((await browser.open(first)).headers.get('location') ?? '') : first;
};

test("an account at the upstream is nobody's before the partner confirms, however it is looked for", async () => {
  const user = await scene.newUser();
  const page = await ConnectPage.open(user, slackOf('page'), { redirect_uri: PARTNER });
  const end = await decideConnect(await press(page));
  const result = await told(await page.browser.open('location' in end ? end.location.href : ''));
  expect(result).toMatchObject({ authentication_id: expect.any(String), connect_code: expect.any(String) });
  expect(await scene.connections(user, slackOf('page'))).toEqual([
    expect.objectContaining({ status: 'pending', is_expired: true, account: null, title: 'Waiting for confirmation' }),
  ]);
  const another = await scene.newUser();
  expect((await confirm(another, result)).status).toBe(404);
  expect((await confirm(user, result)).status).toBe(200);
  expect(await scene.connections(user, slackOf('page'))).toEqual([
    expect.objectContaining({ id: result.authentication_id, is_expired: false }),
  ]);
});

test('where the account comes first, it is what the partner confirms; then the app is connected through it', async () => {
  const user = await scene.newUser();
  const page = await ConnectPage.open(user, slackOf('user'), { redirect_uri: PARTNER, state: 'mine' });
  expect(page.html).toContain('When it is connected, go back to');
  const returned = await decideConsent(await press(page), { account: `${user.user}@zapier.test` });
  const result = await told(await page.browser.open(returned.href));
  expect(result).toMatchObject({ service: 'user:account', state: 'mine', connect_code: expect.any(String) });

  const before = await ConnectPage.open(user, slackOf('user'));
  expect(before.html).toContain('When it is connected, go back to');
  expect((await confirm(user, result)).status).toBe(200);
  const after = await ConnectPage.open(user, slackOf('user'));
  expect(after.html).not.toContain('When it is connected, go back to');
});
