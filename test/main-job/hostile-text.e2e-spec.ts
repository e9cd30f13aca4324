import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmbedUser } from './embed-user.js';
import { expectRefusal } from './error-format.js';
import { types, type Partner } from './partner.js';
import { Scenario } from './scenario.js';

let scenario: Scenario;
let partner: Partner;
let ada: EmbedUser;

beforeAll(async () => {
  scenario = await Scenario.start();
  partner = await scenario.enrol({ redirect_uris: ['https://notes.acme.test/connected'] });
  ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
});
afterAll(() => scenario.close());

const admin = (method: string, path: string, json?: unknown) =>
  scenario.gatehouse.call(method, path, { json, bearer: scenario.gatehouse.adminToken });
const tenant = { slug: 'new', name: 'New', issuer: 'https://new.test', trust: { jwks: { keys: [] } } };

/** PostgreSQL stores no U+0000: such a text names nothing, and is refused where it would be kept. */
describe('a zero byte is the fault of the caller', () => {
  test.each(['/v2/actions?app=%00', '/v2/authentications?app=%00'])('in the query: %s', async (path) => {
    expectRefusal(await ada.get(path), 'v2', 404, { source: { parameter: 'app' } });
  });

  test.each([
    ['GET', '/admin/tenants/%00', undefined],
    ['PUT', '/admin/tenants/acme-notes/apps/%00', {}],
  ])('in a path of admin: %s %s', async (method, path, json) => {
    expectRefusal(await admin(method, path, json), 'admin', 404, { code: 'not_found' });
  });

  test.each(['name', 'issuer', 'audience'])('in the %s of a tenant', async (member) => {
    expectRefusal(await admin('POST', '/admin/tenants', { ...tenant, [member]: 'a\u0000b' }), 'admin', 400);
  });

  test('in the client_id of an app', async () => {
    const oauth = { client_id: 'a\u0000', client_secret: 'b' };
    expectRefusal(await admin('PUT', '/admin/tenants/acme-notes/apps/acme-crm', { oauth }), 'admin', 400);
  });

  test('in the title of a document', async () => {
    const document = { ...((await scenario.crmDocument()) as object), info: { title: 'a\u0000', version: '1' } };
    expectRefusal(await admin('POST', '/admin/apps', document), 'admin', 400, { code: 'document_invalid' });
  });

  test.each(['state', 'redirect_uri', 'reconnect_id'])('in the %s of a link', async (name) => {
    const query = `token=${await partner.sessionCode(ada.token)}&${name}=a%00b`;
    const answer = await scenario.gatehouse.get(`/to/acme-crm?${query}`);
    expect(answer.text).not.toContain('Something failed on our side');
  });
});

test.each(['%00', '%E0%A4%A', '%FF'])('a resource whose app is %s is refused as not offered', async (app) => {
  const asked = { requested_token_type: types.connectToken, resource: `${scenario.gatehouse.url}/to/${app}` };
  expectRefusal(await partner.exchangeJwt('ada', asked), 'oauth', 400, { error: 'invalid_target' });
});

test.each(['slug', 'name', 'issuer', 'trust'])('a tenant without %s is refused at its place', async (member) => {
  const answer = await admin('POST', '/admin/tenants', { ...tenant, [member]: undefined });
  expectRefusal(answer, 'admin', 400, { code: 'invalid' });
  expect(answer.json).toMatchObject({ errors: [expect.objectContaining({ pointer: `/${member}` })] });
});
