import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConnectBrowser, endOf } from './consent.js';
import { EmbedUser } from './embed-user.js';
import type { Partner } from './partner.js';
import { Scenario } from './scenario.js';

const INPUT = 'a-note-that-is-nobodys-business';

let scenario: Scenario;
let partner: Partner;
let ada: EmbedUser;
/** What browsers carried: codes, states, cookies. */
const carried = new Set<string>();

beforeAll(async () => {
  scenario = await Scenario.start({ exportSeconds: 1 });
  partner = await scenario.enrol({ origins: ['https://notes.acme.test'] });
  ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
  await connectByHand();
  const authentication = await ada.connectCrm(scenario);
  const inputs = { email: 'quiet@hopper.test', list_id: 'lst_leads', notes: INPUT };
  await ada.ended(await ada.run('create_contact', authentication, inputs));
  await ada.ended(await ada.run('create_contact', authentication, { ...inputs, list_id: 'lst_nowhere' }));
  await ada.ended(await ada.run('export_contacts', authentication, { format: 'csv' }));
  await sendSecretsWhereTheyDoNotBelong();
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

const neverShown = () => [scenario.crmClient.clientSecret, scenario.gatehouse.adminToken, ...ofTheCrm()];

test('there are secrets of every kind to look for', () => {
  expect(ofTheCrm().length).toBeGreaterThanOrEqual(4);
  expect(partner.secrets.size).toBeGreaterThan(8);
  expect([...carried].filter((text) => text.length >= 20)).toHaveLength(4);
  expect(scenario.logs().length).toBeGreaterThan(0);
});

test('no line of the log holds a token, a code, a secret or an input', () => {
  const log = scenario.logs().join('\n');
  const secrets = [...neverShown(), ...partner.secrets, ...carried, INPUT];
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
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
