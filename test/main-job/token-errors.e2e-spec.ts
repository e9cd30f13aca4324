import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectRefusal } from './error-format.js';
import { BROWSER_TOKEN, Partner, TOKEN_EXCHANGE, types } from './partner.js';
import { Scenario } from './scenario.js';

type Form = Record<string, string>;
const PATH = '/oauth/token';
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

let scenario: Scenario;
let partner: Partner;
let rival: Partner;
let accessToken: string;

beforeAll(async () => {
  scenario = await Scenario.start();
  partner = await scenario.enrol({ origins: ['https://notes.acme.test'] });
  rival = await Partner.enrol(scenario.gatehouse, { slug: 'rival' });
  accessToken = await partner.accessToken('ada', 'zap connection:read');
});
afterAll(() => scenario.close());

const credentials = () => ({ client_id: partner.clientId, client_secret: partner.clientSecret });
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
});
const validForm = async (changes: Form = {}): Promise<Form> => ({
  grant_type: TOKEN_EXCHANGE,
  ...credentials(),
  subject_token: await partner.jwt('ada'),
  subject_token_type: types.externalJwt,
  ...changes,
});
const ofUs = (path: string) => `${scenario.gatehouse.url}${path}`;
const post = async (changes: Form = {}) => scenario.gatehouse.call('POST', PATH, { form: await validForm(changes) });

test('refuses a caller without credentials', async () => {
  const answer = await post({ client_id: '', client_secret: '' });
  expectRefusal(answer, 'oauth', 401, { error: 'invalid_client' });
  expect(answer.headers.get('www-authenticate')).toBeNull();
});

describe('client authentication', () => {
  test('takes HTTP Basic, with both halves form-encoded', async () => {
    const { client_id: id = '', client_secret: secret = '', ...form } = await validForm();
    expect((await scenario.gatehouse.call('POST', PATH, { form, headers: basic(id, secret) })).status).toBe(200);
  });

  test('by both methods at once is refused', async () => {
    const headers = basic(partner.clientId, partner.clientSecret);
    const answer = await scenario.gatehouse.call('POST', PATH, { form: await validForm(), headers });
    expectRefusal(answer, 'oauth', 400, { error: 'invalid_request' });
  });

  test('with a wrong secret is answered as for an unknown client', async () => {
    const wrong = await post({ client_secret: rival.clientSecret });
    const unknown = await post({ client_id: partner.clientId.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x')) });
    expectRefusal(wrong, 'oauth', 401, { error: 'invalid_client' });
    expect(unknown.status).toBe(401);
    expect(unknown.text).toBe(wrong.text);
  });

  test.each([
    ['a wrong secret', () => basic(partner.clientId, 'wrong')],
    ['no secret', () => ({ authorization: `Basic ${Buffer.from(partner.clientId).toString('base64')}` })],
    ['no Base64', () => ({ authorization: 'Basic ?' })],
    ['another scheme', () => ({ authorization: `Bearer ${accessToken}` })],
  ])('by an Authorization header with %s is challenged (RFC 6749 §5.2)', async (_what, headers) => {
    const form = await validForm({ client_id: '', client_secret: '' });
    const answer = await scenario.gatehouse.call('POST', PATH, { form, headers: headers() });
    expectRefusal(answer, 'oauth', 401, { error: 'invalid_client' });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
  });
});

test.each<[string, Form, string]>([
  ['no grant_type', { grant_type: '' }, 'invalid_request'],
  ['an unknown grant_type', { grant_type: 'password' }, 'unsupported_grant_type'],
  ['a grant_type that every object has', { grant_type: '__proto__' }, 'unsupported_grant_type'],
  ['no subject_token', { subject_token: '' }, 'invalid_request'],
  ['no subject_token_type', { subject_token_type: '' }, 'invalid_request'],
  ['an unknown subject_token_type', { subject_token_type: 'jwt' }, 'invalid_request'],
  ['an unknown requested_token_type', { requested_token_type: 'constructor' }, 'invalid_request'],
  ['an unknown scope', { scope: 'everything' }, 'invalid_scope'],
  ['a scope in other letters', { scope: 'ZAP' }, 'invalid_scope'],
  ['a scope of apps', { scope: 'webhook:read' }, 'invalid_scope'],
  ['a blank scope', { scope: '  ' }, 'invalid_scope'],
  ['a session code for nothing', { requested_token_type: types.connectToken }, 'invalid_request'],
])('refuses %s', async (_what, changes, error) => {
  expectRefusal(await post(changes), 'oauth', 400, { error });
});

test.each(['grant_type', 'subject_token', 'client_id', 'scope', 'resource'])('refuses %s given twice', async (name) => {
  const form = Object.entries(await validForm({ scope: 'zap', resource: 'https://a.test' }));
  form.push([name, form.find(([given]) => given === name)?.[1] ?? '']);
  const answer = await scenario.gatehouse.call('POST', PATH, { form });
  expectRefusal(answer, 'oauth', 400, { error: 'invalid_request' });
});

test('ignores parameters that it does not know, repeated ones too', async () => {
  const form = [...Object.entries(await validForm()), ['audience', 'a'], ['audience', 'b']] as [string, string][];
  expect((await scenario.gatehouse.call('POST', PATH, { form })).status).toBe(200);
});

test.each([
  ['JSON', { 'content-type': 'application/json' }, '{"grant_type":"x"}'],
  ['broken JSON', { 'content-type': 'application/json' }, '{"grant_type'],
  ['no form at all', {}, ''],
  ['an empty form', FORM_TYPE, ''],
  ['broken escapes', FORM_TYPE, 'grant_type=%E0%A4%A&%=%&&&==='],
])('refuses %s in the words of RFC 6749', async (_what, headers, body) => {
  const answer = await scenario.gatehouse.call('POST', PATH, { headers, body });
  expect(answer.json).toMatchObject({ error: expect.stringMatching(/^(invalid_request|unsupported_grant_type)$/) });
  expectRefusal(answer, 'oauth', 400);
});

describe('resource', () => {
  const connect = { requested_token_type: types.connectToken };
  const browser = { requested_token_type: BROWSER_TOKEN, scope: 'connection:read' };

  test.each<[string, Form, () => string, string]>([
    ['a relative one', connect, () => '/to/acme-crm', 'invalid_request'],
    ['one with a fragment', connect, () => ofUs('/to/acme-crm#x'), 'invalid_request'],
    ['another origin', connect, () => 'https://evil.test/to/acme-crm', 'invalid_target'],
    ['another page of ours', connect, () => ofUs('/connect/acme-crm'), 'invalid_target'],
    ['an app that is not offered', connect, () => ofUs('/to/no-such-app'), 'invalid_target'],
    ['an origin that is not registered', browser, () => 'https://evil.test', 'invalid_target'],
    ['an origin of another scheme', browser, () => 'http://notes.acme.test', 'invalid_target'],
    ['no web page', browser, () => 'javascript:alert(1)', 'invalid_request'],
  ])('refuses %s', async (_what, changes, resource, error) => {
    expectRefusal(await post({ ...changes, resource: resource() }), 'oauth', 400, { error });
  });
});

describe('a subject token', () => {
  const now = Math.floor(Date.now() / 1000);

  test.each<[string, () => Promise<string>]>([
    ['of another tenant', () => rival.jwt('ada')],
    ['that is no JWT', async () => 'eyJhbGciOiJub25lIn0.e30.'],
    ['that has expired', () => partner.jwt('ada', { iat: now - 300, nbf: now - 300, exp: now - 120 })],
    ['of tomorrow', () => partner.jwt('ada', { iat: now + 86_400, nbf: now + 86_400, exp: now + 86_500 })],
    ['that lives too long', () => partner.jwt('ada', { exp: now + 3600 })],
    ['for another audience', () => partner.jwt('ada', { aud: 'someone-else.test' })],
    ['for another audience too', () => partner.jwt('ada', { aud: ['gatehouse.test', 'someone-else.test'] })],
    ['of another issuer', () => partner.jwt('ada', { iss: 'https://rival.test' })],
    ['without a user', () => partner.jwt('ada', { sub: undefined })],
    ['without a workspace', () => partner.jwt('ada', { org_id: undefined })],
    ['with a zero byte in the user', () => partner.jwt('a\u0000da')],
  ])('%s is refused, and never echoed', async (_what, make) => {
    const token = await make();
    const answer = await post({ subject_token: token });
    expectRefusal(answer, 'oauth', 400, { error: 'invalid_request' });
    expect(answer.text).not.toContain(token);
  });

  test('with a jti is good once', async () => {
    const token = await partner.jwt('ada');
    expect((await post({ subject_token: token })).status).toBe(200);
    expectRefusal(await post({ subject_token: token }), 'oauth', 400, { error: 'invalid_request' });
  });

  test('that is an access token can not be traded for more than it may do', async () => {
    const own = { subject_token: accessToken, subject_token_type: types.accessToken };
    const widened = await post({ ...own, scope: 'zap action:run' });
    expectRefusal(widened, 'oauth', 400, { error: 'invalid_scope' });
    const resource = `${scenario.gatehouse.url}/to/acme-crm`;
    const code = await post({ ...own, requested_token_type: types.connectToken, resource });
    expectRefusal(code, 'oauth', 400, { error: 'invalid_scope' });
  });

  test('that is an access token is of use to its own client alone', async () => {
    const own = { subject_token: accessToken, subject_token_type: types.accessToken };
    const stolen = await rival.exchange(own);
    expectRefusal(stolen, 'oauth', 400, { error: 'invalid_request' });
  });
});
