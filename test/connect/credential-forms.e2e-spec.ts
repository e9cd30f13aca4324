import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { json, queryOnce, type HttpServer } from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import type { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import { ConnectPage } from './connect-page.js';
import { documentOf, keyOf, RIGHT, startDesk, type Scheme } from './keyed-app.js';

const SECRETS = ['right-key-7Q', 'right-word-7Q', 'right-token-7Q', 'wrong-secret-7Q'];
const WRONG: Record<Scheme, Record<string, string>> = {
  apiKey: { api_key: 'wrong-secret-7Q' },
  basic: { username: 'ada@desk.test', password: 'wrong-secret-7Q' },
  bearer: { token: 'wrong-secret-7Q' },
};
const SCHEMES: Scheme[] = ['apiKey', 'basic', 'bearer'];

let scenario: Scenario;
let desk: HttpServer;
let partner: Partner;
let ada: EmbedUser;
let users = 0;

beforeAll(async () => {
  [scenario, desk] = [await Scenario.start({ slugs: ['acme-notes', 'trusting'] }), await startDesk()];
  partner = await scenario.enrol({ origins: ['https://notes.acme.test'] });
  for (const scheme of SCHEMES) await scenario.gatehouse.admin('POST', '/admin/apps', documentOf(scheme, desk.origin));
  const untried = documentOf('apiKey', desk.origin, { hasIdentity: false, key: 'desk-untried' });
  await scenario.gatehouse.admin('POST', '/admin/apps', untried);
});
beforeEach(async () => {
  users += 1;
  ada = await EmbedUser.signIn(scenario.gatehouse, partner, `ada-${users}`);
});
afterAll(async () => {
  await scenario.close();
  await desk.close();
});

const asked = (scheme: Scheme) => desk.requests.filter(({ url }) => url === `/${scheme}/whoami`).length;
const attemptOf = (page: ConnectPage) => ada.get(`/v2/connect-attempts/${page.attempt}`);

describe.each(SCHEMES)('a form for %s', (scheme) => {
  test('has the fields of the scheme, a primary button and a way out', async () => {
    const { html } = await ConnectPage.open(ada, keyOf(scheme));
    for (const name of Object.keys(RIGHT[scheme])) expect(html).toMatch(new RegExp(`<label for="${name}">`));
    expect(html).toContain('data-connect="submit"');
    expect(html).toContain('data-connect="cancel"');
    expect(html).not.toContain('data-connect="continue"');
  });

  test('makes a connection of credentials that the app accepts, and names the account', async () => {
    const page = await ConnectPage.open(ada, keyOf(scheme));
    const before = asked(scheme);
    const { message } = await page.ended(await page.send('credentials', RIGHT[scheme]));
    expect(message).toMatchObject({ type: 'authenticationSuccess', connect_code: expect.any(String) });
    expect(asked(scheme) - before).toBe(1);
    const path = `/v2/connect-attempts/${message?.attempt}/confirm`;
    expect((await ada.post(path, { connect_code: message?.connect_code })).status).toBe(200);
    const connection = await ada.get(`/v2/authentications/${message?.authId}`);
    expect(connection.json).toMatchObject({
      data: { status: 'connected', account: { id: `${scheme}-1`, title: 'Ada at the desk' } },
    });
  });

  test('comes again with a sentence for credentials that it refuses, without the secret and with what is none', async () => {
    const page = await ConnectPage.open(ada, keyOf(scheme));
    const answer = await page.send('credentials', WRONG[scheme]);
    expect(answer.status).toBe(422);
    expect(page.html).toContain(`Desk ${scheme} did not accept this.`);
    expect(page.html).toContain('role="alert"');
    expect(page.html).not.toContain('wrong-secret-7Q');
    if (scheme === 'basic') expect(page.valueOf('username')).toBe('ada@desk.test');
    expect((await attemptOf(page)).at('data.state')).toBe('consenting');
    const { message } = await page.ended(await page.send('credentials', RIGHT[scheme]));
    expect(message?.type).toBe('authenticationSuccess');
  });

  test('asks for what is missing without asking the app', async () => {
    const page = await ConnectPage.open(ada, keyOf(scheme));
    const before = asked(scheme);
    await page.send('credentials', {});
    expect(page.html).toContain(' is missing.');
    expect(asked(scheme)).toBe(before);
  });
});

test.each([
  ['space around a key', 'apiKey', { api_key: '  right-key-7Q\t' }],
  ['the scheme before a token', 'bearer', { token: 'Bearer right-token-7Q ' }],
] as const)('%s is taken away', async (_, scheme, typed) => {
  const page = await ConnectPage.open(ada, keyOf(scheme));
  expect((await page.send('credentials', typed)).status).toBe(303);
});

test.each([
  ['a line break in a key', 'apiKey', { api_key: 'a\r\nx-admin: 1' }, 'can&#39;t be in one'],
  ['a colon in a user name', 'basic', { username: 'a:b', password: 'c' }, 'can not hold a colon'],
  ['a token of 10 000 characters', 'bearer', { token: 'x'.repeat(10_000) }, 'is too long'],
] as const)('%s never gets to the app', async (_, scheme, typed, sentence) => {
  const page = await ConnectPage.open(ada, keyOf(scheme));
  const before = asked(scheme);
  expect((await page.send('credentials', typed)).status).toBe(422);
  expect(page.html).toContain(sentence);
  expect(asked(scheme)).toBe(before);
});

test('an app that fails is said to have failed, and nothing is saved', async () => {
  const page = await ConnectPage.open(ada, keyOf('bearer'));
  const broken = await startDesk();
  try {
    broken.answerWith(json(503, {}));
    await scenario.gatehouse.admin('PUT', `/admin/tenants/acme-notes/apps/desk-bearer`, { server_url: broken.origin });
    await page.send('credentials', RIGHT.bearer);
    expect(page.html).toContain('did not answer, so nothing was saved');
    broken.answerWith(json(200, { ok: false }));
    await page.send('credentials', RIGHT.bearer);
    expect(page.html).toContain('did not accept this');
  } finally {
    const server_url = `${desk.origin}/bearer`;
    await scenario.gatehouse.admin('PUT', `/admin/tenants/acme-notes/apps/desk-bearer`, { server_url });
    await broken.close();
  }
});

test('without an operation to try them with, credentials are saved, and the page says so beforehand', async () => {
  const page = await ConnectPage.open(ada, 'desk-untried');
  expect(page.html).toContain('can&#39;t be tried out beforehand');
  const { message } = await page.ended(await page.send('credentials', { api_key: 'anything' }));
  expect(message?.type).toBe('authenticationSuccess');
});

test('one attempt tries ten times, ten at once too, and has failed then', async () => {
  const page = await ConnectPage.open(ada, keyOf('apiKey'));
  const before = asked('apiKey');
  await page.send('credentials', WRONG.apiKey);
  await Promise.all(Array.from({ length: 15 }, () => page.send('credentials', WRONG.apiKey)));
  expect(asked('apiKey') - before).toBe(10);
  const { message } = await page.ended(await page.send('credentials', RIGHT.apiKey));
  expect(message).toMatchObject({ type: 'authenticationError', error: 'OAuth Failed: too_many_tries' });
  expect(asked('apiKey') - before).toBe(10);
});

describe('a form that was not sent from its own page', () => {
  test.each([
    ['without the token', { form_token: '' }, {}],
    ['with the token of another attempt', {}, {}],
    ['from another site', undefined, { 'sec-fetch-site': 'cross-site' }],
    ['from a neighbouring site', undefined, { 'sec-fetch-site': 'same-site' }],
  ])('is refused: %s', async (_, changes, headers) => {
    const page = await ConnectPage.open(ada, keyOf('apiKey'));
    const other = await ConnectPage.open(ada, keyOf('apiKey'));
    const token = (changes === undefined ? page : other).valueOf('form_token') ?? '';
    const before = asked('apiKey');
    const cookie = cookiesOf(page);
    const answer = await scenario.gatehouse.call('POST', `${page.path}/credentials`, {
      form: { ...RIGHT.apiKey, form_token: token, ...changes },
      headers: { cookie, ...headers },
    });
    expect([answer.status, asked('apiKey') - before]).toEqual([400, 0]);
    expect((await attemptOf(page)).at('data.state')).toBe('opened');
  });

  test('is refused without the cookie, whatever token it carries', async () => {
    const page = await ConnectPage.open(ada, keyOf('apiKey'));
    const form = { ...RIGHT.apiKey, form_token: page.valueOf('form_token') ?? '' };
    expect((await scenario.gatehouse.call('POST', `${page.path}/credentials`, { form })).status).toBe(400);
  });
});

test('under the policy of Zapier a typed key is usable at once', async () => {
  const trusting = await scenario.enrol({ slug: 'trusting', connect_policy: 'zapier' });
  const user = await EmbedUser.signIn(scenario.gatehouse, trusting, 'ada');
  const page = await ConnectPage.open(user, keyOf('apiKey'));
  const { message } = await page.ended(await page.send('credentials', RIGHT.apiKey));
  expect(message).not.toHaveProperty('connect_code');
  expect((await user.get(`/v2/authentications/${message?.authId}`)).at('data.status')).toBe('connected');
});

test('no secret that was typed is in a log, an answer or the database', async () => {
  const texts = [...scenario.logs(), ...scenario.gatehouse.bodies];
  for (const secret of SECRETS) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
  const tables = ['connections', 'connect_attempts', 'vault_secrets', 'audit_entries'];
  const rows = await Promise.all(
    tables.map((table) => queryOnce(scenario.databaseUrl, `SELECT row::text AS text FROM ${table} row`)),
  );
  const dump = rows
    .flat()
    .map(({ text }) => String(text))
    .join('\n');
  expect(dump).toContain('Ada at the desk');
  for (const secret of SECRETS) {
    expect(dump).not.toContain(secret);
    expect(dump).not.toContain(Buffer.from(secret).toString('hex'));
  }
});

function cookiesOf(page: ConnectPage): string {
  const kept = (page.browser as unknown as { cookies: Map<string, { value: string }> }).cookies;
  return [...kept].map(([name, { value }]) => `${name}=${value}`).join('; ');
}
