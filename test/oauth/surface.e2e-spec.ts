import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import { Partner, TOKEN_EXCHANGE } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';

let scenario: Scenario;
let partner: Partner;
let token: string;
let appToken: string;

beforeAll(async () => {
  scenario = await Scenario.start();
  partner = await scenario.enrol({ origins: ['https://notes.acme.test'] });
  token = await partner.accessToken('ada');
  appToken = (await partner.exchange({ grant_type: 'client_credentials' })).at('access_token');
});
afterAll(() => scenario.close());

const credentials = () => ({ client_id: partner.clientId, client_secret: partner.clientSecret });
const basic = () => ({
  authorization: `Basic ${Buffer.from(`${partner.clientId}:${partner.clientSecret}`).toString('base64')}`,
});
const call = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  scenario.gatehouse.call('POST', path, { form, headers });

const isKept = ({ headers }: Answer) => headers.get('cache-control') !== 'no-store';

describe.each(['/oauth/revoke', '/oauth/revoke/', '/oauth/introspect', '/oauth/introspect/'])('POST %s', (path) => {
  test('refuses a caller without credentials, and challenges one with wrong ones', async () => {
    expectRefusal(await call(path, { token }), 'oauth', 401, { error: 'invalid_client' });
    const wrong = await call(path, { token }, { authorization: 'Basic YTpi' });
    expectRefusal(wrong, 'oauth', 401, { error: 'invalid_client' });
    expect(wrong.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
  });

  test.each(['application/json', 'text/plain'])('refuses a body of %s', async (type) => {
    const sent = { body: JSON.stringify({ ...credentials(), token }), headers: { 'content-type': type } };
    const answer = await scenario.gatehouse.call('POST', path, sent);
    expectRefusal(answer, 'oauth', 400, { error: 'invalid_request' });
  });

  test('takes either way of client authentication, and not both', async () => {
    expect((await call(path, { token: 'x', ...credentials() })).status).toBe(200);
    expect((await call(path, { token: 'x' }, basic())).status).toBe(200);
    const both = await call(path, { token: 'x', ...credentials() }, basic());
    expectRefusal(both, 'oauth', 400, { error: 'invalid_request' });
  });

  test('is kept by no cache and read by no page', async () => {
    const headers = { origin: 'https://notes.acme.test' };
    const answers = [await call(path, { token: 'x', ...credentials() }, headers), await call(path, {}, headers)];
    for (const answer of answers) {
      expect(isKept(answer)).toBe(false);
      expect(answer.headers.get('pragma')).toBe('no-cache');
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
    const preflight = await scenario.gatehouse.call('OPTIONS', path, {
      headers: { ...headers, 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('answers no GET', async () => {
    expect((await scenario.gatehouse.get(`${path}?token=${token}`)).status).toBe(404);
  });
});

test('a revocation is answered with nothing, whether there was such a token or not', async () => {
  const ended = await partner.accessToken('mallory');
  for (const revoked of [ended, ended, 'unknown']) {
    const answer = await call('/oauth/revoke', { token: revoked, ...credentials() });
    expect([answer.status, answer.text]).toEqual([200, '']);
  }
  expect((await scenario.gatehouse.get('/v2/apps', ended)).status).toBe(401);
});

test('an introspection of a token of another client is answered as one of no token', async () => {
  const rival = await Partner.enrol(scenario.gatehouse, { slug: 'rival' });
  const foreign = { client_id: rival.clientId, client_secret: rival.clientSecret };
  const answers = [
    await call('/oauth/introspect', { token, ...foreign }),
    await call('/oauth/introspect', { token: 'unknown', ...foreign }),
  ];
  for (const answer of answers) expect(answer.text).toBe('{"active":false}');
  expect((await call('/oauth/introspect', { token, ...credentials() })).json).toMatchObject({
    active: true,
    client_id: partner.clientId,
    iss: scenario.gatehouse.url,
  });
});

describe('an app token', () => {
  test.each([
    ['GET', '/v2/apps'],
    ['GET', '/v2/actions?app=x'],
    ['GET', '/v2/authentications?app=x'],
    ['GET', '/v2/authentications/x'],
    ['DELETE', '/v2/authentications/x'],
    ['POST', '/v2/action-runs'],
    ['GET', '/v2/action-runs/x'],
    ['POST', '/v2/actions/x/inputs'],
    ['GET', '/v2/connect-attempts/x'],
    ['POST', '/v2/connect-attempts/x/confirm'],
  ])('is not enough for what a user does: %s %s', async (method, path) => {
    const json = method === 'POST' ? {} : undefined;
    const answer = await scenario.gatehouse.call(method, path, { bearer: appToken, json });
    expectRefusal(answer, 'v2', 403, { code: 'permission_denied' });
    expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
  });

  test('is asked for by an audience that does not matter', async () => {
    const form = [...Object.entries(credentials()), ['grant_type', 'client_credentials']] as [string, string][];
    form.push(['audience', 'zapier.com'], ['audience', 'elsewhere']);
    const answer = await scenario.gatehouse.call('POST', '/oauth/token/', { form });
    expect(Object.keys(answer.json as object)).toEqual(['access_token', 'token_type', 'expires_in', 'scope']);
    expect(isKept(answer)).toBe(false);
  });
});

describe('a client_id in the query', () => {
  test('reads what is public', async () => {
    expect((await scenario.gatehouse.get(`/v2/apps?client_id=${partner.clientId}`)).status).toBe(200);
  });

  test.each([
    ['unknown', () => `${partner.clientId.slice(0, -2)}xx`],
    ['no id of ours', () => 'x'],
    ['a secret', () => partner.clientSecret],
  ])('is refused when it is %s', async (_what, clientId) => {
    const answer = await scenario.gatehouse.get(`/v2/apps?client_id=${clientId()}`);
    expectRefusal(answer, 'v2', 401, { code: 'authentication_failed' });
  });

  test('does not help a bad bearer', async () => {
    const answer = await scenario.gatehouse.get(`/v2/apps?client_id=${partner.clientId}`, `${token}x`);
    expectRefusal(answer, 'v2', 401, { code: 'authentication_failed' });
  });
});

test('a token in the query or in the body is not read', async () => {
  const answer = await scenario.gatehouse.get(`/v2/apps?access_token=${token}`);
  expectRefusal(answer, 'v2', 401, { code: 'not_authenticated' });
  const sent = await scenario.gatehouse.call('POST', '/v2/action-runs', { json: { access_token: token } });
  expectRefusal(sent, 'v2', 401, { code: 'not_authenticated' });
});

interface Metadata {
  [member: string]: unknown;
  issuer: string;
  grant_types_supported: string[];
  scopes_supported: string[];
}
const read = () => scenario.gatehouse.get('/.well-known/oauth-authorization-server');
const metadata = async () => (await read()).json as Metadata;

describe('GET /.well-known/oauth-authorization-server', () => {
  test('may be read by any page, and kept for five minutes', async () => {
    const { status, headers } = await read();
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(headers.get('access-control-allow-origin')).toBe('*');
  });

  test('names the issuer exactly, and endpoints below it that are there', async () => {
    const document = await metadata();
    expect(document.issuer).toBe(scenario.gatehouse.url);
    const endpoints = Object.entries(document).filter(([name]) => name.endsWith('_endpoint') || name === 'jwks_uri');
    expect(endpoints).toHaveLength(5);
    for (const [name, url] of endpoints) {
      expect(url).toMatch(new RegExp(`^${document.issuer}/`));
      const isRead = name === 'authorization_endpoint' || name === 'jwks_uri';
      const path = String(url).slice(document.issuer.length);
      const answer = await scenario.gatehouse.call(isRead ? 'GET' : 'POST', path, isRead ? {} : { form: {} });
      expect(answer.status, `${name}: ${answer.text}`).not.toBe(404);
    }
  });

  test('lists a grant that the token endpoint knows, and every one', async () => {
    const { grant_types_supported: grants } = await metadata();
    expect(grants.toSorted()).toEqual(
      [TOKEN_EXCHANGE, 'authorization_code', 'client_credentials', 'implicit', 'refresh_token'].toSorted(),
    );
    for (const grant_type of grants.filter((grant) => grant !== 'implicit')) {
      const answer = await call('/oauth/token', { grant_type, ...credentials() });
      expect(answer.text).not.toContain('unsupported_grant_type');
    }
  });

  test('lists scopes that a client can be registered for', async () => {
    const { scopes_supported: scopes } = await metadata();
    const client = { name: 'All', grants: [], scopes };
    expect((await scenario.gatehouse.admin('POST', '/admin/tenants/acme-notes/clients', client)).status).toBe(201);
  });

  test('says how to be called, and nothing that is not served', async () => {
    expect(await metadata()).toMatchObject({
      response_types_supported: ['code', 'token'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    });
    const members = Object.keys(await metadata());
    for (const absent of ['registration_endpoint', 'userinfo_endpoint', 'service_documentation']) {
      expect(members).not.toContain(absent);
    }
  });
});
