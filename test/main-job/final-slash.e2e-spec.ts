import { afterAll, beforeAll, expect, test } from 'vitest';
import { EmbedUser } from './embed-user.js';
import type { Partner } from './partner.js';
import { Scenario } from './scenario.js';

let scenario: Scenario;
let partner: Partner;
let ada: EmbedUser;

beforeAll(async () => {
  scenario = await Scenario.start();
  partner = await scenario.enrol();
  ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
});
afterAll(() => scenario.close());

test.each(['/v2/apps/', '/v2/apps/?limit=1', '/health/live/', '/health/ready/', '/connect.js/'])(
  'a GET with a final slash is answered, not redirected: %s',
  async (path) => {
    expect((await ada.get(path)).status).toBe(200);
  },
);

test('a POST with a final slash is answered, not redirected: its secrets are sent once', async () => {
  const credentials = { client_id: partner.clientId, client_secret: 'wrong' };
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', ...credentials };
  expect((await scenario.gatehouse.call('POST', '/oauth/token/', { form })).status).toBe(401);
  expect((await ada.post('/v2/action-runs/', {})).status).toBe(400);
  expect((await ada.post(`/v2/actions/${await ada.actionId('create_contact')}/inputs/`, { data: {} })).status).toBe(
    200,
  );
  expect((await scenario.gatehouse.post('/admin/tenants/', {})).status).toBe(401);
});

test('a link with a final slash opens', async () => {
  const code = await partner.sessionCode(ada.token, 'acme-crm/');
  expect((await scenario.gatehouse.get(`/to/acme-crm/?token=${code}`)).status).toBe(303);
});
