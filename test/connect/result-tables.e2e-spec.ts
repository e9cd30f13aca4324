import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { queryOnce } from '#libs/testing';
import { Browser } from '../../apps/demo/src/crm/test-client.js';
import { endOf } from '../main-job/consent.js';
import { EmbedUser } from '../main-job/embed-user.js';
import type { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import { ConnectPage } from './connect-page.js';
import { OauthApp } from './oauth-app.js';

const CALLBACK = 'https://notes.acme.test/connected?tab=crm';
const ORIGIN = 'https://notes.acme.test';
const REDIRECT = { redirect_uri: CALLBACK, state: 'state of the partner' };

let scenario: Scenario;
let flow: OauthApp;
let partner: Partner;
let ada: EmbedUser;
let users = 0;

beforeAll(async () => {
  [scenario, flow] = [await Scenario.start(), await OauthApp.start()];
  partner = await scenario.enrol({ redirect_uris: [CALLBACK], origins: [ORIGIN], connect_policy: 'zapier' });
  await flow.register(scenario, [partner]);
});
beforeEach(async () => {
  users += 1;
  ada = await EmbedUser.signIn(scenario.gatehouse, partner, `ada-${users}`);
});
afterAll(async () => {
  await scenario.close();
  await flow.close();
});

const open = (query: Record<string, string> = {}) => ConnectPage.open(ada, flow.key, query);
const sql = (text: string) => queryOnce(scenario.databaseUrl, text);
const parametersOf = (location: string | null) => Object.fromEntries(new URL(location ?? '').searchParams);
const link = (token: string, app = flow.key) => `/to/${app}?${new URLSearchParams({ token, ...REDIRECT }).toString()}`;

/** Every statement of this kind fails while `work` runs. */
async function whileBroken<T>(table: string, event: 'INSERT' | 'UPDATE', work: () => Promise<T>): Promise<T> {
  await sql(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken on purpose'; END $$`);
  await sql(`CREATE TRIGGER broken BEFORE ${event} ON ${table} EXECUTE FUNCTION broken()`);
  try {
    return await work();
  } finally {
    await sql(`DROP FUNCTION broken CASCADE`);
  }
}

describe('protocol.md §5.2, what the opener is told', () => {
  test('success: authenticationSuccess with the id', async () => {
    const { message, origins } = await endOf(await flow.return(await open()));
    const attempt = expect.any(String);
    expect(message).toEqual({ type: 'authenticationSuccess', authId: expect.any(String), attempt });
    expect(origins).toEqual([ORIGIN]);
    expect((await ada.get(`/v2/authentications/${message?.authId}`)).status).toBe(200);
  });

  test('failure: authenticationError with a text', async () => {
    const { message } = await endOf(await flow.return(await open(), { error: 'access_denied' }));
    const attempt = expect.any(String);
    expect(message).toEqual({ type: 'authenticationError', error: 'OAuth Failed: access_denied', attempt });
  });

  test('state: echoed with either', async () => {
    const ends: Record<string, string>[] = [{ code: 'code-1' }, { error: 'access_denied' }];
    for (const answer of ends) {
      const { message } = await endOf(await flow.return(await open({ state: 'a b&c' }), answer));
      expect(message?.state).toBe('a b&c');
    }
  });
});

const expectError = (location: string | null, error: string, description: string) =>
  expect(parametersOf(location)).toEqual({
    tab: 'crm',
    error,
    error_description: description,
    state: REDIRECT.state,
    attempt: expect.any(String),
  });

describe('protocol.md §5.3, what the redirect carries', () => {
  test('success: authentication_id and service', async () => {
    const answer = await flow.return(await open(REDIRECT));
    expect(answer.status).toBe(303);
    expect(parametersOf(answer.headers.get('location'))).toEqual({
      tab: 'crm',
      authentication_id: expect.any(String),
      service: flow.key,
      state: REDIRECT.state,
      attempt: expect.any(String),
    });
  });

  test('invalid_request, Invalid token: a token that is unknown names nobody to return to, so the page says it', async () => {
    const answer = await scenario.gatehouse.get(link('gate_sc_unknown'));
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(answer.text).toContain('<small>Invalid token</small>');
  });

  test('invalid_request, Token expired: it ran out before the session started', async () => {
    const token = await partner.sessionCode(ada.token, flow.key);
    await sql(`UPDATE connect_attempts SET code_expires_at = created_at - interval '1 second' WHERE state = 'issued'`);
    expectError(
      (await scenario.gatehouse.get(link(token))).headers.get('location'),
      'invalid_request',
      'Token expired',
    );
  });

  test('invalid_request, Invalid app: it is another than the token is for', async () => {
    const answer = await scenario.gatehouse.get(link(await partner.sessionCode(ada.token, flow.key), 'acme-crm'));
    expectError(answer.headers.get('location'), 'invalid_request', 'Invalid app');
  });

  test('invalid_request, Invalid app: the tenant has switched it off', async () => {
    const token = await partner.sessionCode(ada.token, flow.key);
    const path = `/admin/tenants/acme-notes/apps/${flow.key}`;
    await scenario.gatehouse.admin('PUT', path, { enabled: false });
    const { headers } = await scenario.gatehouse.get(link(token));
    await scenario.gatehouse.admin('PUT', path, { enabled: true });
    expectError(headers.get('location'), 'invalid_request', 'Invalid app');
  });

  test('access_denied, User not found: the user has been switched off', async () => {
    const token = await partner.sessionCode(ada.token, flow.key);
    const found = await scenario.gatehouse.admin('GET', `/admin/tenants/acme-notes/users?subject=ada-${users}`);
    const { users: list } = found.json as { users: { id: string }[] };
    await scenario.gatehouse.admin('PATCH', `/admin/tenants/acme-notes/users/${list[0]?.id}`, { disabled: true });
    expectError((await scenario.gatehouse.get(link(token))).headers.get('location'), 'access_denied', 'User not found');
  });

  test('server_error, Session initialization failed: the app has lost its OAuth client', async () => {
    const page = await open(REDIRECT);
    await sql(`CREATE TABLE kept AS SELECT * FROM vault_secrets WHERE kind = 'tenant-app'`);
    await sql(`DELETE FROM vault_secrets WHERE kind = 'tenant-app'`);
    const answer = await page.browser.open(`${page.path}/start`);
    await sql(`INSERT INTO vault_secrets SELECT * FROM kept`);
    await sql(`DROP TABLE kept`);
    expectError(answer.headers.get('location'), 'server_error', 'Session initialization failed');
  });

  test('server_error, Session initialization failed: nobody to return to while the token can not be looked up', async () => {
    const token = await partner.sessionCode(ada.token, flow.key);
    const answer = await whileBroken('connect_attempts', 'UPDATE', () => scenario.gatehouse.get(link(token)));
    expect([answer.status, answer.headers.get('location')]).toEqual([500, null]);
    expect(answer.text).toContain('<small>Session initialization failed</small>');
    expect((await new Browser(scenario.gatehouse.url).open(link(token))).status).toBe(303);
  });

  test('server_error, An unexpected error occurred: it failed while the connection was made', async () => {
    const page = await open(REDIRECT);
    const answer = await whileBroken('connections', 'INSERT', () => flow.return(page));
    expectError(answer.headers.get('location'), 'server_error', 'An unexpected error occurred');
    expect((await ada.get(`/v2/connect-attempts/${page.attempt}`)).json).toMatchObject({
      data: { state: 'failed', error: 'An unexpected error occurred', authentication: null },
    });
  });

  test('server_error, OAuth Failed: the user declined at the app', async () => {
    const answer = await flow.return(await open(REDIRECT), { error: 'access_denied' });
    expectError(answer.headers.get('location'), 'server_error', 'OAuth Failed: access_denied');
  });

  test('server_error, OAuth Failed: the user declined on our page', async () => {
    const page = await open(REDIRECT);
    const { headers } = await page.send('cancel', {});
    expectError(headers.get('location'), 'server_error', 'OAuth Failed: access_denied');
  });

  test.each<[string, Record<string, string>, string]>([
    ['the app says no', { error: 'unauthorized_client' }, 'unauthorized_client'],
    ['the app is away', { error: 'temporarily_unavailable' }, 'temporarily_unavailable'],
    ['the app returns with nothing', {}, 'no_code'],
    ['its words are not a code', { error: '<script>alert(1)</script>' }, 'unexpected_answer'],
  ])('server_error, OAuth Failed: %s', async (_, returned, detail) => {
    const answer = await flow.return(await open(REDIRECT), returned);
    expectError(answer.headers.get('location'), 'server_error', `OAuth Failed: ${detail}`);
  });

  test.each([
    ['refuses our client', 401, 'invalid_client', 'invalid_client'],
    ['refuses the code', 400, 'invalid_grant', 'invalid_grant'],
    ['fails', 503, '', 'server_error'],
  ])('server_error, OAuth Failed: its token endpoint %s', async (_, status, error, detail) => {
    Object.assign(flow, { tokenStatus: status, tokenError: error });
    const answer = await flow.return(await open(REDIRECT)).finally(() => (flow.tokenStatus = 200));
    expectError(answer.headers.get('location'), 'server_error', `OAuth Failed: ${detail}`);
  });

  test.each([
    ['is away', 500, 'unreachable'],
    ['refuses its own token', 403, 'refused'],
  ])('server_error, OAuth Failed: the app %s when asked whose account it is', async (_, status, detail) => {
    flow.identityStatus = status;
    const answer = await flow.return(await open(REDIRECT)).finally(() => (flow.identityStatus = 200));
    expectError(answer.headers.get('location'), 'server_error', `OAuth Failed: ${detail}`);
  });
});

const sentenceAfter = async (answer: Record<string, string>) => {
  const page = await open();
  await flow.return(page, answer);
  await page.reload();
  return page.html;
};

describe('what the person reads', () => {
  test.each<[string, Record<string, string>, string]>([
    ['denied', { error: 'access_denied' }, 'You did not allow the access'],
    ['misconfigured', { error: 'invalid_scope' }, 'This app is not set up correctly. Tell the product'],
    ['down', { error: 'server_error' }, 'could not be reached, or it failed. Wait a few minutes'],
    ['refused', { error: 'login_required' }, 'The app did not allow the connection'],
  ])('%s has a sentence of its own, and a way back', async (_, answer, sentence) => {
    const html = await sentenceAfter(answer);
    expect(html).toContain(sentence);
    expect(html).toMatch(/Go back|go back|Tell the product/);
    expect(html).toContain('role="alert"');
  });

  test('a link that was used before says so, and one that is not ours says that', async () => {
    const token = await partner.sessionCode(ada.token, flow.key);
    await new Browser(scenario.gatehouse.url).open(`/to/${flow.key}?token=${token}`);
    const used = await scenario.gatehouse.get(`/to/${flow.key}?token=${token}`);
    expect(used.text).toContain('This link was used before.');
    expect((await scenario.gatehouse.get(`/to/${flow.key}?token=x`)).text).toContain('not one of ours');
  });
});
