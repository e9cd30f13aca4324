import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, startHttpServer, type HttpServer } from '#libs/testing';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import { Gatehouse, type Call } from '../main-job/gatehouse.js';
import { BROWSER_TOKEN, Partner, TOKEN_EXCHANGE, types } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';

/** The rows of the table of protocol.md §3.6, in its order, a block for each. */

type Form = Record<string, string>;

let scenario: Scenario;
let partner: Partner;
let rival: Partner;
/** Of the partner, with few rights. */
let narrow: { client_id: string; client_secret: string };
/** Has no secret. */
let publicId: string;
let accessToken: string;
let jwksServer: HttpServer;

beforeAll(async () => {
  scenario = await Scenario.start();
  partner = await scenario.enrol({ origins: ['https://notes.acme.test'] });
  rival = await Partner.enrol(scenario.gatehouse, { slug: 'rival' });
  const clients = '/admin/tenants/acme-notes/clients';
  const made = await scenario.gatehouse.admin('POST', clients, { name: 'Narrow', grants: [], scopes: ['zap'] });
  narrow = { client_id: made.at('client_id'), client_secret: made.at('client_secret') };
  const open = { name: 'Open', public: true, grants: ['authorization_code', 'refresh_token'], scopes: ['zap'] };
  publicId = (await scenario.gatehouse.admin('POST', clients, open)).at('client_id');
  accessToken = await partner.accessToken('ada', 'zap connection:read');
  jwksServer = await startHttpServer();
});
afterAll(async () => {
  await jwksServer?.close();
  await scenario.close();
});

const own = () => ({ client_id: partner.clientId, client_secret: partner.clientSecret });
const send = (call: Call) => scenario.gatehouse.call('POST', '/oauth/token', call);
const post = (form: Form) => send({ form: { ...own(), ...form } });
const exchange = async (changes: Form = {}) => {
  const subject = { subject_token: await partner.jwt('ada'), subject_token_type: types.externalJwt };
  return post({ grant_type: TOKEN_EXCHANGE, ...subject, ...changes });
};
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
});

/** Where nothing is served. */
const nowhere = () => `${jwksServer.origin}/jwks.json`;

function expectOauth(answer: Answer, status: number, error: string): void {
  expectRefusal(answer, 'oauth', status, { error });
  expect(answer.headers.get('pragma')).toBe('no-cache');
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
}

describe('malformed, repeated or missing parameter; two ways of client authentication', () => {
  test.each<[string, Form]>([
    ['no grant_type', {}],
    ['no code', { grant_type: 'authorization_code' }],
    ['no refresh_token', { grant_type: 'refresh_token' }],
    ['no subject_token', { grant_type: TOKEN_EXCHANGE, subject_token_type: types.externalJwt }],
    ['no subject_token_type', { grant_type: TOKEN_EXCHANGE, subject_token: 'x' }],
  ])('missing: %s', async (_what, form) => {
    expectOauth(await post(form), 400, 'invalid_request');
  });

  test.each(['grant_type', 'client_id', 'client_secret', 'scope'])('repeated: %s', async (name) => {
    const form = Object.entries({ ...own(), grant_type: 'client_credentials', scope: 'webhook:read' });
    form.push([name, Object.fromEntries(form)[name] ?? '']);
    expectOauth(await send({ form }), 400, 'invalid_request');
  });

  test.each([
    ['JSON', 'application/json', '{"grant_type":"client_credentials"}'],
    [
      'multipart',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--x--',
    ],
    ['text', 'text/plain', 'grant_type=client_credentials'],
    ['another encoding', 'application/x-www-form-urlencoded; charset=utf-16', 'grant_type=client_credentials'],
  ])('malformed: %s in place of a form', async (_what, type, body) => {
    expectOauth(await send({ body, headers: { 'content-type': type } }), 400, 'invalid_request');
  });

  test.each<[string, () => Form]>([
    ['the same client', own],
    ['the secret alone', () => ({ client_secret: partner.clientSecret })],
    ['another client', () => ({ client_id: rival.clientId })],
  ])('HTTP Basic, and in the body %s', async (_what, body) => {
    const form = { grant_type: 'client_credentials', ...body() };
    const headers = basic(partner.clientId, partner.clientSecret);
    expectOauth(await send({ form, headers }), 400, 'invalid_request');
  });
});

describe('bad, unknown or replaced client secret', () => {
  const grant = { grant_type: 'client_credentials' };

  test.each<[string, () => Form]>([
    ['a wrong secret', () => ({ ...own(), client_secret: rival.clientSecret })],
    ['an unknown client', () => ({ ...own(), client_id: `${partner.clientId.slice(0, -2)}xx` })],
    ['no secret', () => ({ client_id: partner.clientId })],
    ['a public client, where a secret is asked for', () => ({ client_id: publicId })],
    ['a public client with a secret', () => ({ client_id: publicId, client_secret: partner.clientSecret })],
    ['nobody', () => ({})],
  ])('%s in the body is answered without a challenge', async (_what, form) => {
    const answer = await send({ form: { ...grant, ...form() } });
    expectOauth(answer, 401, 'invalid_client');
    expect(answer.headers.get('www-authenticate')).toBeNull();
  });

  test.each<[string, () => Record<string, string>]>([
    ['a wrong secret', () => basic(partner.clientId, 'wrong')],
    ['an empty secret', () => basic(partner.clientId, '')],
    ['an unknown client', () => basic('nobody', 'wrong')],
    ['no Basic at all', () => ({ authorization: `Bearer ${accessToken}` })],
  ])('%s in the header is challenged', async (_what, headers) => {
    const answer = await send({ form: grant, headers: headers() });
    expectOauth(answer, 401, 'invalid_client');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
  });

  test('a secret that was replaced', async () => {
    const path = `/admin/tenants/acme-notes/clients/${narrow.client_id}/secret`;
    const client_secret = (await scenario.gatehouse.admin('POST', path, {})).at('client_secret');
    expectOauth(await send({ form: { ...grant, ...narrow } }), 401, 'invalid_client');
    narrow = { ...narrow, client_secret };
    expectOauth(await send({ form: { ...grant, ...narrow } }), 400, 'unauthorized_client');
  });
});

describe('code or refresh token that is not good', () => {
  const redirect_uri = 'https://notes.acme.test/callback';

  test.each<[string, () => string]>([
    ['no code at all', () => 'x'],
    ['one that looks like ours', () => partner.clientId.replace('gate_client_', 'gate_ac_')],
    ['a token of another kind', () => accessToken],
    ['what can not be stored', () => '\0'],
  ])('as a code: %s', async (_what, code) => {
    expectOauth(await post({ grant_type: 'authorization_code', code: code(), redirect_uri }), 400, 'invalid_grant');
  });

  test.each<[string, () => string]>([
    ['no token at all', () => 'x'],
    ['one that looks like ours', () => partner.clientId.replace('gate_client_', 'gate_rt_')],
    ['a token of another kind', () => accessToken],
    ['what can not be stored', () => '\0'],
  ])('as a refresh token: %s', async (_what, token) => {
    expectOauth(await post({ grant_type: 'refresh_token', refresh_token: token() }), 400, 'invalid_grant');
  });
});

describe('client not allowed this grant', () => {
  test.each<[string, Form]>([
    ['client_credentials', {}],
    ['authorization_code', { code: 'x' }],
    ['refresh_token', { refresh_token: 'x' }],
    [TOKEN_EXCHANGE, { subject_token: 'x', subject_token_type: types.externalJwt }],
  ])('%s', async (grant_type, form) => {
    expectOauth(await post({ grant_type, ...narrow, ...form }), 400, 'unauthorized_client');
  });
});

test.each(['password', 'implicit', 'urn:ietf:params:oauth:grant-type:jwt-bearer', 'CLIENT_CREDENTIALS', '__proto__'])(
  'unknown grant_type: %s',
  async (grant_type) => {
    expectOauth(await post({ grant_type }), 400, 'unsupported_grant_type');
  },
);

describe('unknown or excessive scope', () => {
  test.each(['everything', 'zap', 'webhook:read zap', 'WEBHOOK:READ', ' '])('of an app token: "%s"', async (scope) => {
    expectOauth(await post({ grant_type: 'client_credentials', scope }), 400, 'invalid_scope');
  });

  test.each(['everything', 'webhook:read', 'zap webhook:read', 'ZAP'])('of a user token: "%s"', async (scope) => {
    expectOauth(await exchange({ scope }), 400, 'invalid_scope');
  });

  test('more than the token that is traded may do', async () => {
    const traded = { subject_token: accessToken, subject_token_type: types.accessToken };
    expectOauth(await exchange({ ...traded, scope: 'zap zap:write' }), 400, 'invalid_scope');
  });
});

describe('subject_token bad in any way', () => {
  const now = Math.floor(Date.now() / 1000);

  test.each<[string, () => Promise<string>]>([
    ['signature', async () => (await partner.jwt('ada')).replace(/.{8}$/, 'AAAAAAAA')],
    ['key', () => rival.jwt('ada', { iss: 'https://acme-notes.test' })],
    ['iss', () => partner.jwt('ada', { iss: 'https://rival.test' })],
    ['aud', () => partner.jwt('ada', { aud: 'rival.test' })],
    ['exp', () => partner.jwt('ada', { iat: now - 300, nbf: now - 300, exp: now - 120 })],
    ['claims', () => partner.jwt('ada', { org_id: undefined })],
    ['no JWT', () => Promise.resolve('x')],
  ])('%s', async (_what, make) => {
    const token = await make();
    const answer = await exchange({ subject_token: token });
    expectOauth(answer, 400, 'invalid_request');
    if (token.length > 20) expect(answer.text).not.toContain(token.slice(0, 20));
  });

  test('replay', async () => {
    const token = await partner.jwt('ada');
    expect((await exchange({ subject_token: token })).status).toBe(200);
    expectOauth(await exchange({ subject_token: token }), 400, 'invalid_request');
  });

  test('an app token, which speaks for nobody', async () => {
    const app = (await post({ grant_type: 'client_credentials' })).at('access_token');
    const traded = await exchange({ subject_token: app, subject_token_type: types.accessToken });
    expectOauth(traded, 400, 'invalid_request');
  });
});

test.each<[string, Form]>([
  ['a page that is no Connect page', { requested_token_type: types.connectToken, resource: 'https://evil.test/to/a' }],
  ['an origin that is not registered', { requested_token_type: BROWSER_TOKEN, resource: 'https://evil.test' }],
])('resource not permitted: %s', async (_what, form) => {
  expectOauth(await exchange(form), 400, 'invalid_target');
});

test('partner JWKS unreachable and no usable cached key', async () => {
  const unreachable = await Partner.enrol(scenario.gatehouse, { slug: 'unreachable', publishKeys: nowhere });
  const subject = { subject_token: await unreachable.jwt('ada'), subject_token_type: types.externalJwt };
  const answer = await unreachable.exchange(subject);
  expectOauth(answer, 503, 'temporarily_unavailable');
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
});

test('too many calls', async () => {
  const { url } = await scenario.startService({ PORT: String(await freePort()), RATE_LIMITS: 'on' });
  const limited = new Gatehouse(url, scenario.gatehouse.adminToken);
  const guess = { grant_type: 'client_credentials', client_id: partner.clientId, client_secret: 'wrong' };
  let answer = await limited.call('POST', '/oauth/token', { form: guess });
  // Enough for a limit of one minute, even if that minute ends meanwhile.
  for (let guesses = 1; answer.status === 401 && guesses < 500; guesses += 1) {
    answer = await limited.call('POST', '/oauth/token', { form: guess });
  }
  expectOauth(answer, 429, 'temporarily_unavailable');
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
});
