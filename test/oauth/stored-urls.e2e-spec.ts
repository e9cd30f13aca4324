import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { queryOnce } from '#libs/testing';
import type { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import { addClient, authorizePath, Browser, LOGIN_URL, setLoginUrl } from './authorization-scene.js';

let scenario: Scenario;
let gatehouse: Gatehouse;
let partner: Partner;
let browser: Browser;

beforeAll(async () => {
  scenario = await Scenario.start();
  gatehouse = scenario.gatehouse;
  partner = await Partner.enrol(gatehouse, { slug: 'acme-notes' });
  await setLoginUrl(gatehouse, partner, LOGIN_URL);
});
beforeEach(() => {
  browser = new Browser(gatehouse, partner);
});
afterAll(() => scenario.close());

/** As an older release took it. */
const store = (sql: string, ...values: unknown[]) => queryOnce(scenario.databaseUrl, sql, values);

describe('a URL that no header can hold, stored before there was a rule,', () => {
  const escaped = 'https://notes.acme.test/zur%C3%BCck%0A?a=%E2%82%AC';
  const odd = decodeURIComponent(escaped);

  test('of a client is sent to as browsers would write it', async () => {
    const { clientId } = await addClient(gatehouse, partner);
    await store(`UPDATE clients SET redirect_uris = ARRAY[$2] WHERE client_id = $1`, clientId, odd);
    const parameters = { client_id: clientId, redirect_uri: odd, response_type: 'x' };
    const answer = await browser.open(authorizePath(parameters));
    expect(answer.headers.get('location')?.startsWith(`${escaped}&error=unsupported`)).toBe(true);
    expect((await gatehouse.get('/health/live')).status).toBe(200);
  });

  test('of a login page is too', async () => {
    const other = await Partner.enrol(gatehouse, { slug: 'odd' });
    await store(`UPDATE tenants SET login_url = $2 WHERE slug = $1`, other.slug, odd);
    const { clientId } = await addClient(gatehouse, other);
    const answer = await browser.open(authorizePath({ client_id: clientId }));
    expect(answer.headers.get('location')?.startsWith(`${escaped}&login_challenge=`)).toBe(true);
    expect((await gatehouse.get('/health/live')).status).toBe(200);
  });

  test.each([
    ['PATCH', '', { login_url: odd }],
    ['PATCH', '', { redirect_uris: [odd] }],
    ['POST', '/clients', { name: 'A', grants: [], scopes: [], redirect_uris: [odd] }],
  ])('is taken no more by %s %s', async (method, path, json) => {
    const url = `/admin/tenants/${partner.slug}${path}`;
    expect((await gatehouse.call(method, url, { json, bearer: gatehouse.adminToken })).status).toBe(400);
  });
});
