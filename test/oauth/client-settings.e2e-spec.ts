import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectRefusal } from '../main-job/error-format.js';
import { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';

let scenario: Scenario;
let partner: Partner;
let rival: Partner;
let slugs = 0;

beforeAll(async () => {
  scenario = await Scenario.start();
  rival = await Partner.enrol(scenario.gatehouse, { slug: 'rival' });
});
beforeEach(async () => {
  partner = await Partner.enrol(scenario.gatehouse, { slug: `acme-${(slugs += 1)}` });
});
afterAll(() => scenario.close());

/** Whether it succeeds or not. */
const send = (method: string, path: string, json?: unknown) =>
  scenario.gatehouse.call(method, `/admin/tenants/${partner.slug}${path}`, {
    json,
    bearer: scenario.gatehouse.adminToken,
  });
const newClient = async (more: object = {}) => {
  const answer = await send('POST', '/clients', {
    name: 'Server',
    grants: ['client_credentials'],
    scopes: [],
    ...more,
  });
  expect(answer.status, answer.text).toBe(201);
  return answer;
};
const replaceSecret = (json?: object) => send('POST', `/clients/${partner.clientId}/secret`, json);
const audit = async () => {
  const { entries } = (await send('GET', '/audit')).json as { entries: Record<string, unknown>[] };
  return entries.map(({ action, subject, details }) => ({ action, subject, details }));
};
const authenticate = (client_id: string, client_secret: string) =>
  scenario.gatehouse.call('POST', '/oauth/introspect', { form: { client_id, client_secret, token: 'x' } });

describe('a new client', () => {
  test('has its secret in this one answer, which is kept by no cache', async () => {
    const made = await newClient();
    expect(made.headers.get('cache-control')).toBe('no-store');
    expect((await authenticate(made.at('client_id'), made.at('client_secret'))).status).toBe(200);
    for (const path of ['/clients', `/clients/${made.at('client_id')}`, '/audit']) {
      const shown = await send('GET', path);
      expect(shown.status).toBe(200);
      expect(shown.text).not.toContain(made.at('client_secret'));
      expect(shown.text).not.toMatch(/digest/i);
    }
  });

  test('that is public has none', async () => {
    const made = await newClient({ public: true });
    expect(made.json).toMatchObject({ public: true, disabled: false });
    expect(made.json).not.toHaveProperty('client_secret');
  });

  test('is on record, without its secret', async () => {
    const made = await newClient({ scopes: ['webhook:read'] });
    const details = { grants: 'client_credentials', scopes: 'webhook:read', public: false };
    expect((await audit())[0]).toEqual({ action: 'client.created', subject: made.at('client_id'), details });
  });

  test('is listed with the others of its tenant, and of no other', async () => {
    const made = await newClient();
    const { clients } = (await send('GET', '/clients')).json as { clients: { client_id: string }[] };
    expect(clients.map(({ client_id }) => client_id)).toEqual([partner.clientId, made.at('client_id')]);
  });
});

describe('changing a client', () => {
  test('changes what is given, and the token endpoint knows at once', async () => {
    const made = await newClient({ scopes: ['webhook:read'] });
    const credentials = { client_id: made.at('client_id'), client_secret: made.at('client_secret') };
    const token = () => partner.exchange({ grant_type: 'client_credentials', ...credentials });
    expect((await token()).json).toMatchObject({ scope: 'webhook:read' });
    const changes = { name: 'Renamed', scopes: ['webhook:write'], redirect_uris: ['https://acme.test/back'] };
    const changed = await send('PATCH', `/clients/${made.at('client_id')}`, changes);
    expect(changed.json).toMatchObject({ ...changes, grants: ['client_credentials'], disabled: false });
    expect((await token()).json).toMatchObject({ scope: 'webhook:write' });
    await send('PATCH', `/clients/${made.at('client_id')}`, { grants: [] });
    expectRefusal(await token(), 'oauth', 400, { error: 'unauthorized_client' });
  });

  test('is on record by the names of what was changed, and not at all when nothing was', async () => {
    const before = await audit();
    const path = `/clients/${partner.clientId}`;
    expect((await send('PATCH', path, {})).status).toBe(200);
    expect(await audit()).toEqual(before);
    await send('PATCH', path, { name: 'A', scopes: ['zap'], disabled: true });
    expect((await audit()).slice(0, 2)).toEqual([
      { action: 'client.disabled', subject: partner.clientId, details: {} },
      { action: 'client.changed', subject: partner.clientId, details: { members: 'name scopes' } },
    ]);
  });

  test.each<[string, object, string]>([
    ['an unknown member', { public: true }, '/public'],
    ['an unknown grant', { grants: ['password'] }, '/grants'],
    ['an unknown scope', { scopes: ['everything'] }, '/scopes'],
    ['a scope twice', { scopes: ['zap', 'zap'] }, '/scopes'],
    ['a redirect URI without TLS', { redirect_uris: ['http://a.test/cb'] }, '/redirect_uris'],
    ['a grace of a minute', { refresh_grace_seconds: 60 }, '/refresh_grace_seconds'],
    ['refresh tokens for ten seconds', { refresh_lifetime_seconds: 10 }, '/refresh_lifetime_seconds'],
    ['a redirect URI with a fragment', { redirect_uris: ['https://a.test/#x'] }, '/redirect_uris'],
    ['null for a name', { name: null }, '/name'],
    ['a word for a switch', { disabled: 'no' }, '/disabled'],
  ])('refuses %s, at its place', async (_what, changes, pointer) => {
    const answer = await send('PATCH', `/clients/${partner.clientId}`, changes);
    expectRefusal(answer, 'admin', 400, { code: 'invalid' });
    expect(answer.json).toMatchObject({ errors: [{ pointer }] });
  });
});

test('the grace of refresh tokens is 30 seconds unless the client chooses another, or none', async () => {
  const made = await newClient();
  expect(made.json).toMatchObject({ refresh_grace_seconds: 30 });
  expect((await newClient({ refresh_grace_seconds: 0 })).json).toMatchObject({ refresh_grace_seconds: 0 });
  const changed = await send('PATCH', `/clients/${made.at('client_id')}`, { refresh_grace_seconds: 5 });
  expect([changed.status, changed.json]).toEqual([200, expect.objectContaining({ refresh_grace_seconds: 5 })]);
});

test('refresh tokens have no end unless the client is given one, which can be taken away again', async () => {
  const made = await newClient({ refresh_lifetime_seconds: 86_400 });
  expect(made.json).toMatchObject({ refresh_lifetime_seconds: 86_400 });
  const path = `/clients/${made.at('client_id')}`;
  expect((await send('PATCH', path, { refresh_grace_seconds: 1 })).json).toMatchObject({
    refresh_lifetime_seconds: 86_400,
  });
  expect((await send('PATCH', path, { refresh_lifetime_seconds: null })).json).toMatchObject({
    refresh_lifetime_seconds: null,
  });
  expect((await newClient()).json).toMatchObject({ refresh_lifetime_seconds: null });
});

describe('replacing a secret', () => {
  test('shows the new one in this one answer, which is kept by no cache', async () => {
    const answer = await replaceSecret();
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.json).toMatchObject({ client_id: partner.clientId, previous_secret_until: null });
    expect((await authenticate(partner.clientId, answer.at('client_secret'))).status).toBe(200);
    expect((await authenticate(partner.clientId, partner.clientSecret)).status).toBe(401);
    for (const shown of [await send('GET', '/clients'), await send('GET', '/audit')]) {
      expect(shown.text).not.toContain(answer.at('client_secret'));
    }
  });

  test('is on record, with its grace', async () => {
    await replaceSecret({ grace_seconds: 60 });
    const entry = { action: 'client.secret_replaced', subject: partner.clientId, details: { grace_seconds: 60 } };
    expect((await audit())[0]).toEqual(entry);
  });

  test.each([-1, 2_592_001, 1.5, '60', null])('refuses a grace of %j', async (grace_seconds) => {
    const answer = await replaceSecret({ grace_seconds });
    expectRefusal(answer, 'admin', 400, { code: 'invalid' });
    expect((await authenticate(partner.clientId, partner.clientSecret)).status).toBe(200);
  });

  test('of a public client is a conflict', async () => {
    const made = await newClient({ public: true });
    const answer = await send('POST', `/clients/${made.at('client_id')}/secret`);
    expectRefusal(answer, 'admin', 409, { code: 'conflict', detail: expect.stringContaining('public') });
  });
});

describe('a client that is not there', () => {
  const ids: [string, () => string][] = [
    ['unknown', () => `${partner.clientId.slice(0, -2)}xx`],
    ['of another tenant', () => rival.clientId],
    ['no id at all', () => '%00'],
  ];
  test.each(ids)('is answered with 404: %s', async (_what, id) => {
    const answers = [
      await send('GET', `/clients/${id()}`),
      await send('PATCH', `/clients/${id()}`, { disabled: true }),
      await send('POST', `/clients/${id()}/secret`),
    ];
    for (const answer of answers) expectRefusal(answer, 'admin', 404, { code: 'not_found' });
    expect((await authenticate(rival.clientId, rival.clientSecret)).status).toBe(200);
  });
});

describe('a tenant', () => {
  test('says whether it is disabled, and has each change on record', async () => {
    expect((await send('GET', '')).json).toMatchObject({ disabled: false });
    const changed = await send('PATCH', '', { name: 'Renamed', disabled: true });
    expect(changed.json).toMatchObject({ name: 'Renamed', disabled: true });
    expect((await send('PATCH', '', { disabled: true })).json).toMatchObject({ disabled: true });
    expect((await send('PATCH', '', { disabled: false })).json).toMatchObject({ disabled: false });
    expect((await audit()).slice(0, 3)).toEqual([
      { action: 'tenant.enabled', subject: null, details: {} },
      { action: 'tenant.disabled', subject: null, details: {} },
      { action: 'tenant.changed', subject: partner.slug, details: { members: 'name' } },
    ]);
  });

  test('that is disabled can be looked at and changed by its operator', async () => {
    await send('PATCH', '', { disabled: true });
    for (const path of ['', '/clients', '/users', '/audit', '/keys', '/trust']) {
      expect((await send('GET', path)).status, path).toBe(200);
    }
  });
});
