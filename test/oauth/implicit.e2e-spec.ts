import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import {
  addClient,
  authorizePath,
  Browser,
  locationOf,
  LOGIN_URL,
  type OauthClient,
  setLoginUrl,
} from './authorization-scene.js';

let scenario: Scenario;
let gatehouse: Gatehouse;
let partner: Partner;
let client: OauthClient;
let browser: Browser;

beforeAll(async () => {
  scenario = await Scenario.start();
  gatehouse = scenario.gatehouse;
  partner = await Partner.enrol(gatehouse, {
    slug: 'acme-notes',
    redirect_uris: ['https://notes.acme.test/callback?kept=1'],
  });
  await setLoginUrl(gatehouse, partner, LOGIN_URL);
});
beforeEach(async () => {
  client = await addClient(gatehouse, partner, { grants: ['implicit', 'refresh_token'] });
  browser = new Browser(gatehouse, partner);
});
afterAll(() => scenario.close());

const asked = (parameters: Record<string, string> = {}) => ({
  client_id: client.clientId,
  response_type: 'token',
  ...parameters,
});

test('a client that was not registered for it is told that it does not exist: the first client of a tenant too', async () => {
  const { clientId } = await addClient(gatehouse, partner);
  for (const id of [clientId, partner.clientId]) {
    const { searchParams, hash } = locationOf(
      await browser.open(authorizePath({ client_id: id, response_type: 'token' })),
    );
    expect([searchParams.get('error'), searchParams.get('state'), hash]).toEqual([
      'unsupported_response_type',
      'a state & more',
      '',
    ]);
  }
});

test('a token comes in the fragment, for ten hours, and without a refresh token', async () => {
  const end = await browser.authorize('ada', asked());
  const { access_token: accessToken = '', ...rest } = Object.fromEntries(new URLSearchParams(end.hash.slice(1)));
  expect(end.search).toBe('?kept=1');
  expect(rest).toEqual({
    token_type: 'Bearer',
    expires_in: '36000',
    scope: 'zap profile',
    state: 'a state & more',
    iss: gatehouse.url,
  });
  expect((await gatehouse.get('/v2/apps', accessToken)).status).toBe(200);
});

test('a user who cancels is told of in the query', async () => {
  const answer = await browser.press('cancel', await browser.signIn('ada', asked()));
  const { searchParams, hash } = locationOf(answer);
  expect([searchParams.get('error'), searchParams.get('iss'), hash]).toEqual(['access_denied', gatehouse.url, '']);
});

test('approval_prompt=auto renews without a page while the approval stands, and force asks', async () => {
  await browser.authorize('ada', asked());
  const renewed = await browser.open(await browser.signIn('ada', asked({ approval_prompt: 'auto' })));
  expect([renewed.status, locationOf(renewed).hash]).toEqual([303, expect.stringContaining('access_token=')]);
  const forced = await browser.open(await browser.signIn('ada', asked({ approval_prompt: 'force' })));
  expect([forced.status, forced.headers.get('location')]).toEqual([200, null]);
});

test('no line of the log holds a token', async () => {
  const log = scenario.logs().join('\n');
  expect([...partner.secrets].filter((secret) => log.includes(secret))).toEqual([]);
});
