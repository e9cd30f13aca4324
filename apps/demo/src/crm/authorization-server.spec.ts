import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCrm, type Crm } from './crm.js';
import { ApiClient, authorizeUrl, Browser, client, redirectUri } from './test-client.js';

const dataDir = mkdtempSync(join(tmpdir(), 'crm-'));
let crm: Crm;
let api: ApiClient;

beforeAll(async () => {
  crm = await startCrm({ host: '127.0.0.1', port: 0, dataDir, clients: [client] });
  api = new ApiClient(crm.url);
});

afterAll(async () => {
  await crm.close();
  rmSync(dataDir, { recursive: true, force: true });
});

it('names the client and every scope in words before it gives a code', async () => {
  const browser = new Browser(crm.url);
  const consent = await browser.signIn(authorizeUrl());
  const text = await (await browser.open(consent)).text();
  for (const words of ['Acme Notes wants to use', 'Add contacts', 'Read your contacts', 'Stay connected']) {
    expect(text).toContain(words);
  }
  const back = await browser.answer(consent, 'allow');
  expect(back.origin + back.pathname).toBe(redirectUri);
  expect(back.searchParams.get('state')).toBe('state-1');
  expect(back.searchParams.get('code')).toBeTruthy();
});

it('answers access_denied to a person who cancels', async () => {
  const browser = new Browser(crm.url);
  const back = await browser.answer(await browser.signIn(authorizeUrl()), 'deny');
  expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: 'access_denied', state: 'state-1' });
});

it('refuses a wrong password without saying which part was wrong', async () => {
  const browser = new Browser(crm.url);
  const login = await browser.follow(await browser.open(authorizeUrl()));
  const refused = await browser.open(`${login.at.pathname}/login`, { email: 'ada@acme-crm.test', password: 'x' });
  expect(refused.status).toBe(401);
  expect(await refused.text()).toContain('E-mail and password do not match.');
});

it('lets another person sign in from the consent page', async () => {
  const browser = new Browser(crm.url);
  const consent = await browser.signIn(authorizeUrl());
  const { response } = await browser.follow(await browser.open(`${consent}/switch`));
  expect(await response.text()).toContain('data-crm="login"');
});

it('asks for consent again when a person who is signed in already connects a second time', async () => {
  const browser = new Browser(crm.url);
  await browser.answer(await browser.signIn(authorizeUrl()), 'allow');
  const { response } = await browser.follow(await browser.open(authorizeUrl()));
  expect(await response.text()).toContain('data-crm="allow"');
});

it('refuses an authorization request without PKCE', async () => {
  const url = authorizeUrl({ code_challenge: undefined, code_challenge_method: undefined });
  const browser = new Browser(crm.url);
  const { at } = await browser.follow(await browser.open(url));
  expect(at.searchParams.get('error')).toBe('invalid_request');
});

it('shows its own page, and redirects nowhere, for an unregistered redirect URI', async () => {
  const response = await new Browser(crm.url).open(authorizeUrl({ redirect_uri: 'http://localhost:1/elsewhere' }));
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('This sign-in cannot go on');
});

it('shows its own page for a sign-in that has ended', async () => {
  const response = await new Browser(crm.url).open('/signin/gone');
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('This sign-in has expired.');
});

it('gives a two-minute opaque access token and a refresh token to a request without openid', async () => {
  const { access, refresh, body } = await api.connect();
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 120 });
  expect(body).not.toHaveProperty('id_token');
  expect(access).not.toContain('.');
  expect(refresh).toBeTruthy();
});

it('gives a refresh token even where offline_access was not asked for', async () => {
  expect((await api.connect('contacts:read')).refresh).toBeTruthy();
});

it('gives an ID token to a request with openid', async () => {
  expect((await api.connect('openid contacts:read')).body).toHaveProperty('id_token');
});

it('exchanges a refresh token for a new pair', async () => {
  const first = await api.connect();
  const { status, body } = await api.refresh(first.refresh);
  expect(status).toBe(200);
  expect(body.refresh_token).not.toBe(first.refresh);
  expect((await api.call('/api/me', body.access_token)).status).toBe(200);
});

it('kills the whole grant when a rotated refresh token comes back', async () => {
  const first = await api.connect();
  const second = await api.refresh(first.refresh);
  expect(await api.refresh(first.refresh)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  expect((await api.refresh(second.body.refresh_token)).status).toBe(400);
  expect((await api.call('/api/me', second.body.access_token)).status).toBe(401);
});

it('leaves one connection alone when another of the same person is revoked', async () => {
  const [kept, dropped] = [await api.connect(), await api.connect()];
  expect((await api.form('/oauth/revoke', { token: dropped.refresh })).status).toBe(200);
  expect((await api.refresh(dropped.refresh)).status).toBe(400);
  expect((await api.refresh(kept.refresh)).status).toBe(200);
});
