import { afterAll, beforeAll, expect, test } from 'vitest';
import { EmbedUser } from './embed-user.js';
import { TOKEN_EXCHANGE, types, type Partner } from './partner.js';
import { Scenario } from './scenario.js';

const REQUESTS = 300;
/** Printed when it fails; set it here to see the same requests again. */
const SEED = Math.floor(Math.random() * 2 ** 31);

let scenario: Scenario;
let partner: Partner;
let ada: EmbedUser;
let action: string;
let authentication: string;

beforeAll(async () => {
  scenario = await Scenario.start();
  partner = await scenario.enrol();
  ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
  authentication = await ada.connectCrm(scenario);
  action = await ada.actionId('create_contact');
});
afterAll(() => scenario.close());

/** mulberry32: small, and the same everywhere. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const TEXTS = ['', ' ', 'a', '0', '-1', 'null', '%00', '%', 'ü😀', '../..', '{{x}}', "'--", 'x'.repeat(5000)];
const MEMBERS = ['data', 'action', 'authentication', 'inputs', 'email', 'list_id', 'connect_code', 'slug', 'trust'];
const ADMIN_MEMBERS = ['jwks', 'keys', 'oauth', 'scopes', 'name', 'issuer', 'claims', 'openapi', 'info', 'toString'];
const PARAMETERS = ['grant_type', 'client_id', 'client_secret', 'subject_token', 'subject_token_type', 'scope'];
const MORE_PARAMETERS = ['requested_token_type', 'resource', 'scope[]', '__proto__'];

const knownTexts = () => [action, authentication, ada.token, partner.clientId, TOKEN_EXCHANGE, ...Object.values(types)];
const credentials = (): [string, string][] => [
  ['client_id', partner.clientId],
  ['client_secret', partner.clientSecret],
  ['grant_type', TOKEN_EXCHANGE],
];
const query = (parameters: Record<string, string>) => `?${new URLSearchParams(parameters).toString()}`;

function generator(random: () => number) {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const text = () => pick([...TEXTS, ...knownTexts()]);
  const leaf = () => pick<unknown>([null, true, 0, -1, 1e308, 0.1, text(), text(), [], {}]);
  const value = (depth: number): unknown => {
    if (depth === 0 || random() < 0.3) return leaf();
    const size = Math.floor(random() * 4);
    if (random() < 0.25) return Array.from({ length: size }, () => value(depth - 1));
    return Object.fromEntries(
      Array.from({ length: size + 1 }, () => [pick([...MEMBERS, ...ADMIN_MEMBERS]), value(depth - 1)]),
    );
  };
  const run = () => ({ data: { action, authentication, inputs: value(2) } });
  const form = () =>
    Array.from({ length: Math.floor(random() * 9) }, (): [string, string] => [
      pick([...PARAMETERS, ...MORE_PARAMETERS]),
      text(),
    ]);
  return { pick, text, value, run, form };
}

test(`${REQUESTS} random requests are answered, none of them with a failure of ours`, async () => {
  const { gatehouse } = scenario;
  const { pick, text, value, run, form } = generator(randomNumbers(SEED));
  const path = () => encodeURIComponent(text().slice(0, 200) || 'x');
  const bearer = ada.token;
  const admin = gatehouse.adminToken;
  const requests = [
    () => gatehouse.call('POST', '/oauth/token', { form: form() }),
    () => gatehouse.call('POST', '/oauth/token', { form: [...credentials(), ...form()] }),
    () => gatehouse.call('POST', '/oauth/token', { json: value(3) }),
    () => gatehouse.call('POST', '/v2/action-runs', { bearer, json: value(4) }),
    () => gatehouse.call('POST', '/v2/action-runs', { bearer, json: run() }),
    () => gatehouse.call('POST', `/v2/actions/${action}/inputs`, { bearer, json: run() }),
    () => gatehouse.call('POST', `/v2/actions/${action}/inputs/${path()}/choices`, { bearer, json: value(3) }),
    () => gatehouse.call('POST', `/v2/actions/${action}/inputs/list_id/choices`, { bearer, json: run() }),
    () => gatehouse.call('POST', `/v2/connect-attempts/${path()}/confirm`, { bearer, json: value(2) }),
    () => gatehouse.call('POST', '/admin/tenants', { bearer: admin, json: value(3) }),
    () => gatehouse.call('POST', '/admin/tenants/acme-notes/clients', { bearer: admin, json: value(2) }),
    () => gatehouse.call('PUT', '/admin/tenants/acme-notes/apps/nothing', { bearer: admin, json: value(3) }),
    () => gatehouse.call('POST', '/admin/apps', { bearer: admin, json: value(4) }),
    () => gatehouse.get(`/v2/apps${query({ [pick(['ids', 'query', 'category', 'limit'])]: text() })}`, bearer),
    () => gatehouse.get(`/v2/actions${query({ [pick(['app', 'action_type'])]: text() })}`, bearer),
    () => gatehouse.get(`/v2/authentications/${path()}`, bearer),
    () => gatehouse.get(`/to/${path()}${query({ token: text(), state: text() })}`),
    () => gatehouse.get(`/connect/callback/${path()}/${path()}${query({ state: text() })}`),
  ];
  for (let sent = 0; sent < REQUESTS; sent += 1) {
    const answer = await pick(requests)();
    const where = `request ${sent} of seed ${SEED}: ${answer.text.slice(0, 300)}`;
    expect(answer.status, where).toBeLessThan(500);
    // A page has no status of its own for it.
    expect(answer.text, where).not.toMatch(/\bat .*\.js:|Something failed on our side/);
  }
  expect((await gatehouse.get('/health/ready')).status).toBe(200);
});
