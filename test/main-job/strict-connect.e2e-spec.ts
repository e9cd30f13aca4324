import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConnectBrowser, endOf, type ConnectEnd } from './consent.js';
import { EmbedUser } from './embed-user.js';
import { Partner, types } from './partner.js';
import { Scenario } from './scenario.js';

const ORIGIN = 'https://notes.acme.test';

/** The whole job of a partner over HTTP alone, one step after another: a failing step fails those after it. */
describe('a partner that uploaded its keys connects a user to the CRM and runs actions for them', () => {
  let scenario: Scenario;
  let partner: Partner;
  let ada: EmbedUser;
  let sessionCode: string;
  let browser: ConnectBrowser;
  let end: ConnectEnd;

  beforeAll(async () => {
    scenario = await Scenario.start({ exportSeconds: 2 });
    partner = await scenario.enrol({ origins: [ORIGIN] });
    ada = await EmbedUser.signIn(scenario.gatehouse, partner, 'ada');
    browser = new ConnectBrowser(scenario);
  });
  afterAll(() => scenario.close());

  test('the tenant is answered with a client whose secret no later answer repeats', async () => {
    expect(partner.created.json).toMatchObject({
      slug: 'acme-notes',
      issuer: 'https://acme-notes.test',
      audience: 'gatehouse.test',
      connect_policy: 'strict',
      client: { client_id: partner.clientId, client_secret: expect.stringMatching(/.{32}/) },
    });
    for (const path of ['/admin/tenants', '/admin/tenants/acme-notes', '/admin/apps']) {
      const { text } = await scenario.gatehouse.admin('GET', path);
      expect(text).not.toContain(partner.clientSecret);
      expect(text).not.toContain(scenario.crmClient.clientSecret);
    }
  });

  test('a token exchange answers as RFC 8693 says, uncached, and without CORS', async () => {
    const answer = await partner.exchangeJwt('ada', { scope: 'zap', requested_token_type: types.accessToken });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      access_token: expect.stringMatching(/^.{40,}$/),
      issued_token_type: types.accessToken,
      token_type: 'Bearer',
      expires_in: 36_000,
      scope: 'zap',
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('pragma')).toBe('no-cache');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('the catalog is public by client_id alone, with no link to connect', async () => {
    const { gatehouse } = scenario;
    const apps = await gatehouse.get(`/v2/apps?client_id=${partner.clientId}`);
    expect(apps.json).toMatchObject({
      data: [{ key: 'acme-crm', title: 'Acme CRM', type: 'app', links: { connect_new_authentication: null } }],
      links: { next: null, prev: null },
      meta: { count: 1, limit: 10, offset: 0 },
    });
    const actions = await gatehouse.get(`/v2/actions?client_id=${partner.clientId}&app=${apps.at('data.0.id')}`);
    const { data } = actions.json as { data: { key: string; action_type: string }[] };
    expect(Object.fromEntries(data.map(({ key, action_type: type }) => [key, type]))).toEqual({
      find_contacts: 'READ',
      create_contact: 'WRITE',
      export_contacts: 'WRITE',
    });
    expect((await ada.get('/v2/apps')).json).toMatchObject({
      data: [{ links: { connect_new_authentication: `${gatehouse.url}/to/acme-crm` } }],
    });
  });

  test('a session code comes from a JWT directly and from an access token', async () => {
    const resource = `${scenario.gatehouse.url}/to/acme-crm`;
    const direct = await partner.exchangeJwt('ada', { requested_token_type: types.sessionCode, resource });
    expect(direct.json).toMatchObject({ token_type: 'N_A', expires_in: 360, issued_token_type: types.sessionCode });
    const traded = await partner.exchange({
      subject_token: ada.token,
      subject_token_type: types.accessToken,
      requested_token_type: types.connectToken,
      resource,
    });
    expect(traded.json).toMatchObject({
      token_type: 'N_A',
      expires_in: 360,
      issued_token_type: types.connectToken,
      scope: 'connection:write',
      attempt: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    sessionCode = traded.at('access_token');
    expect((await ada.get(`/v2/connect-attempts/${traded.at('attempt')}`)).at('data.state')).toBe('issued');
    expect((await scenario.gatehouse.get('/v2/apps', sessionCode)).status).toBe(401);
  });

  test('the link drops the code from the address and asks the CRM with PKCE and a redirect URI of this tenant', async () => {
    const consent = await browser.open(sessionCode);
    expect(consent).toMatch(/^\/connect\/[0-9a-f-]{36}$/);
    const url = new URL(await browser.thirdPartyUrl(consent));
    expect(url.origin).toBe(scenario.crm.url);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: scenario.crmClient.clientId,
      redirect_uri: `${scenario.gatehouse.url}/connect/callback/acme-notes/acme-crm`,
      code_challenge_method: 'S256',
      scope: 'contacts:read contacts:write exports:write offline_access',
    });
    const callback = await browser.answerCrm(url.href);
    end = await endOf(await browser.gatehouse.open(callback.href));
  });

  test('the page tells the opener of a registered origin, and it carries no token', async () => {
    expect(end.origins).toEqual([ORIGIN]);
    expect(end.message).toEqual({
      type: 'authenticationSuccess',
      authId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      attempt: expect.any(String),
      connect_code: expect.any(String),
    });
  });

  test('until it is confirmed the connection shows nothing of the account and is of no use', async () => {
    const shown = await ada.get(`/v2/authentications?app=${await ada.appId()}`);
    expect(shown.json).toMatchObject({ data: [{ id: end.message?.authId, status: 'pending', is_expired: true }] });
    expect(shown.text).not.toContain('ada@acme-crm.test');
    const run = await ada.run('find_contacts', end.message?.authId ?? '', {});
    expect((await ada.ended(run)).json).toMatchObject({
      data: { status: 'error', errors: [{ code: 'authentication' }] },
    });
  });

  test('another user of the tenant can not confirm it', async () => {
    const eve = await EmbedUser.signIn(scenario.gatehouse, partner, 'eve');
    const path = `/v2/connect-attempts/${end.message?.attempt}/confirm`;
    expect((await eve.post(path, { connect_code: end.message?.connect_code })).status).toBe(404);
  });

  test('a page of the registered origin confirms with a browser token, once; no other origin may read the answer', async () => {
    const { gatehouse } = scenario;
    const bearer = await partner.browserToken('ada', ORIGIN);
    const path = `/v2/connect-attempts/${end.message?.attempt}/confirm`;
    const json = { connect_code: end.message?.connect_code };
    const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' };
    const foreign = { origin: 'https://evil.test' };

    const refused = await gatehouse.call('OPTIONS', path, { headers: { ...foreign, ...preflight } });
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    const allowed = await gatehouse.call('OPTIONS', path, { headers: { origin: ORIGIN, ...preflight } });
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization');

    const stolen = await gatehouse.call('POST', path, { bearer, json, headers: foreign });
    expect(stolen.status).toBe(401);
    expect(stolen.headers.get('access-control-allow-origin')).toBeNull();

    const confirmed = await gatehouse.call('POST', path, { bearer, json, headers: { origin: ORIGIN } });
    expect(confirmed.json).toMatchObject({ data: { state: 'connected', authentication: end.message?.authId } });
    expect(confirmed.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(confirmed.headers.get('vary')).toMatch(/origin/i);
    expect((await gatehouse.call('POST', path, { bearer, json, headers: { origin: ORIGIN } })).status).toBe(400);
  });

  test('the connection is listed under the name of the account at the CRM', async () => {
    const list = await ada.get(`/v2/authentications?app=${await ada.appId()}`);
    expect(list.json).toMatchObject({
      data: [{ status: 'connected', is_expired: false, title: 'Acme CRM ada@acme-crm.test' }],
      meta: { count: 1 },
    });
    const eve = await EmbedUser.signIn(scenario.gatehouse, partner, 'eve');
    expect((await eve.get(`/v2/authentications?app=${await ada.appId()}`)).json).toMatchObject({ data: [] });
  });

  test('the lists that the CRM has at the moment are the choices of an input', async () => {
    const action = `/v2/actions/${encodeURIComponent(await ada.actionId('create_contact'))}`;
    const data = { authentication: end.message?.authId, inputs: {} };
    const inputs = await ada.post(`${action}/inputs`, { data });
    expect(inputs.json).toMatchObject({
      data: expect.arrayContaining([
        expect.objectContaining({ id: 'email', is_required: true }),
        expect.objectContaining({ id: 'list_id', is_required: true, format: 'SELECT' }),
      ]),
    });
    const choices = await ada.post(`${action}/inputs/list_id/choices`, { data });
    expect(choices.json).toMatchObject({
      data: expect.arrayContaining([{ type: 'choice', id: 'lst_leads', label: 'Leads', value: 'lst_leads' }]),
    });
  });

  test('a run of Create contact succeeds, and the contact is in the CRM', async () => {
    const inputs = { email: 'grace@hopper.test', first_name: 'Grace', last_name: 'Hopper', list_id: 'lst_leads' };
    const run = await ada.ended(await ada.run('create_contact', end.message?.authId ?? '', inputs));
    expect(run.json).toMatchObject({
      data: { type: 'run', status: 'success', errors: [], results: [{ email: 'grace@hopper.test' }] },
    });
    expect(await scenario.crmContacts()).toContain('grace@hopper.test');
  });

  test('a run that the CRM answers with 202 waits, and succeeds when the export is ready', async () => {
    const id = await ada.run('export_contacts', end.message?.authId ?? '', { format: 'json' });
    const early = await ada.get(`/v2/action-runs/${id}`);
    expect(early.json).toMatchObject({ data: { status: 'waiting', results: [], errors: [] } });
    expect((await ada.ended(id)).json).toMatchObject({
      data: { status: 'success', results: [{ status: 'done', format: 'json' }] },
    });
  });

  test('what the CRM refuses is a run that ended in error, with its words', async () => {
    const inputs = { email: 'nobody@hopper.test', list_id: 'lst_nowhere' };
    const run = await ada.ended(await ada.run('create_contact', end.message?.authId ?? '', inputs));
    expect(run.json).toMatchObject({
      data: { status: 'error', errors: [{ code: 'user', detail: 'There is no list lst_nowhere.' }] },
    });
    expect(await scenario.crmContacts()).not.toContain('nobody@hopper.test');
  });

  test('a session code that was used opens nothing a second time', async () => {
    const again = await scenario.gatehouse.get(`/to/acme-crm?token=${sessionCode}`);
    expect(again.status).toBe(400);
    expect(again.text).toContain('Invalid token');
    expect(again.headers.get('set-cookie')).toBeNull();
  });
});
