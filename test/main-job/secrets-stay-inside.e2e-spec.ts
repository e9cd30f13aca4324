import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { dumpRows, queryOnce } from '#libs/testing';
import { ConnectBrowser, endOf } from './consent.js';
import { EmbedUser } from './embed-user.js';
import type { Partner } from './partner.js';
import { Scenario } from './scenario.js';

const INPUT = 'a-note-that-is-nobodys-business';

/** Short enough for a refresh to come by itself. */
const ACCESS_TOKEN_SECONDS = 20;

let scenario: Scenario;
let partner: Partner;
let ada: EmbedUser;
/** What browsers carried: codes, states, cookies. */
const carried = new Set<string>();
/** Also what it has replaced or forgotten since. */
const issuedByTheCrm = new Set<string>();

beforeAll(async () => {
  scenario = await Scenario.start({ exportSeconds: 1, accessTokenSeconds: ACCESS_TOKEN_SECONDS });
  partner = await scenario.enrol({ origins: ['https://notes.acme.test'] });
  ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
  await connectByHand();
  const authentication = await ada.connectCrm(scenario);
  const inputs = { email: 'quiet@hopper.test', list_id: 'lst_leads', notes: INPUT };
  await ada.ended(await ada.run('create_contact', authentication, inputs));
  await ada.ended(await ada.run('create_contact', authentication, { ...inputs, list_id: 'lst_nowhere' }));
  await ada.ended(await ada.run('export_contacts', authentication, { format: 'csv' }));
  await refreshed(authentication);
  await sendSecretsWhereTheyDoNotBelong();
  ofTheCrm().forEach((token) => issuedByTheCrm.add(token));
  await breakAndDisconnect(authentication);
});
afterAll(() => scenario.close());

async function connectByHand(): Promise<void> {
  const browser = new ConnectBrowser(scenario);
  const link = await scenario.gatehouse.get(`/to/acme-crm?token=${await partner.sessionCode(ada.token)}`);
  carried.add(/=([^;]+)/.exec(link.headers.get('set-cookie') ?? '')?.[1] ?? '');
  const url = await browser.thirdPartyUrl(await browser.open(await partner.sessionCode(ada.token)));
  const callback = await browser.answerCrm(url);
  for (const name of ['code', 'state']) carried.add(callback.searchParams.get(name) ?? '');
  const { message } = await endOf(await browser.gatehouse.open(callback.href));
  carried.add(message?.connect_code ?? '');
}

async function refreshed(authentication: string): Promise<void> {
  const lastRefresh = async () => (await ada.get(`/v2/authentications/${authentication}`)).at('data.last_refreshed_at');
  ofTheCrm().forEach((token) => issuedByTheCrm.add(token));
  const before = await lastRefresh();
  await vi.waitFor(async () => expect(await lastRefresh()).not.toBe(before), { timeout: 30_000, interval: 200 });
}

/** A stored secret that somebody altered does not open: that is logged and audited. Then the account is disconnected. */
async function breakAndDisconnect(authentication: string): Promise<void> {
  const place = [authentication.replace(/^.*_/, '')];
  await sql(`UPDATE vault_secrets SET version = version + 1 WHERE kind = 'connection' AND row_id = $1`, place);
  const run = await ada.run('create_contact', authentication, { email: 'broken@hopper.test', list_id: 'lst_leads' });
  await ada.ended(run).catch(() => undefined);
  await vi.waitFor(
    async () => {
      const audit = await scenario.gatehouse.admin('GET', '/admin/tenants/acme-notes/audit?action=vault.open_failed');
      expect((audit.json as { entries: unknown[] }).entries).not.toEqual([]);
    },
    { timeout: 15_000, interval: 200 },
  );
  await sql(`UPDATE vault_secrets SET version = version - 1 WHERE kind = 'connection' AND row_id = $1`, place);
  await scenario.gatehouse.call('DELETE', `/v2/authentications/${authentication}`, { bearer: ada.token });
}

const sql = (text: string, values: unknown[] = []) => queryOnce(scenario.databaseUrl, text, values);

async function sendSecretsWhereTheyDoNotBelong(): Promise<void> {
  const { gatehouse } = scenario;
  const code = await partner.sessionCode(ada.token);
  await gatehouse.get(`/v2/action-runs/${ada.token}?secret=${partner.clientSecret}`, ada.token);
  await gatehouse.get('/v2/apps', partner.clientSecret);
  await gatehouse.get('/admin/tenants', ada.token);
  await gatehouse.get(`/to/${code}?token=${code}`);
  await gatehouse.get(`/connect/callback/acme-notes/acme-crm?code=${code}&state=${code}`);
  await partner.exchange({ subject_token: await partner.jwt('ada', { aud: 'x' }), subject_token_type: ada.token });
  await partner.exchange({ subject_token: ada.token, subject_token_type: 'x', scope: partner.clientSecret });
}

/** Codes and tokens of the CRM, as its own store keeps them. */
function ofTheCrm(): string[] {
  const store = JSON.parse(readFileSync(join(scenario.folder, 'crm.json'), 'utf8')) as [string, unknown][];
  const tokens = store.map(([key]) => /^oidc:(?:AccessToken|RefreshToken|AuthorizationCode):(.+)$/.exec(key)?.[1]);
  return tokens.filter((token) => token !== undefined);
}

const neverShown = () => [scenario.crmClient.clientSecret, scenario.gatehouse.adminToken, ...issuedByTheCrm];

test('there are secrets of every kind to look for', () => {
  expect(issuedByTheCrm.size).toBeGreaterThanOrEqual(6);
  expect(partner.secrets.size).toBeGreaterThan(8);
  expect([...carried].filter((text) => text.length >= 20)).toHaveLength(4);
  expect(scenario.logs().length).toBeGreaterThan(0);
});

test('no line of the log holds a token, a code, a secret or an input', () => {
  const log = scenario.logs().join('\n');
  const secrets = [...neverShown(), ...partner.secrets, ...carried, INPUT];
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
});

function encodings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('hex'), bytes.toString('base64').replace(/.{1,3}$/, '')];
}

test('no row of any table, the audit among them, holds one in clear or in any encoding', async () => {
  const rows = await dumpRows({ query: <Row>(text: string) => sql(text) as Promise<Row[]> });
  expect(rows).toContain('vault.open_failed');
  const secrets = [...neverShown(), ...partner.secrets, ...carried, INPUT];
  expect(secrets.filter((secret) => encodings(secret).some((text) => rows.includes(text)))).toEqual([]);
});

test('every line of the log is JSON', () => {
  for (const line of scenario.logs()) expect(() => JSON.parse(line), line).not.toThrow();
});

test('no answer holds what the CRM gave us, or the secrets of the operator', () => {
  const answers = scenario.gatehouse.bodies.join('\n');
  expect(neverShown().filter((secret) => answers.includes(secret))).toEqual([]);
});

test('no answer repeats a secret that its caller sent', () => {
  const issued = new Set(['access_token', 'client_secret']);
  const shown = scenario.gatehouse.bodies.map((body) =>
    body.startsWith('{') ? JSON.stringify(JSON.parse(body), (name, value) => (issued.has(name) ? '' : value)) : body,
  );
  const answers = shown.join('\n');
  expect([...partner.secrets].filter((secret) => answers.includes(secret))).toEqual([]);
});
