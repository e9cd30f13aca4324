import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ConnectEnd, decideConnect, EmulatorScene } from '../index.js';

let scene: EmulatorScene;
let ada: string;

beforeAll(async () => {
  scene = await EmulatorScene.start({}, { origins: ['http://partner.test:8080'] });
  ada = await scene.userToken();
});
beforeEach(async () => {
  await scene.emulator.ask('clearRules');
  await scene.emulator.ask('setTime', { at: new Date().toISOString() });
});
afterAll(() => scene?.close());

const pageOf = (token: string, more: Record<string, string> = {}, app = 'SlackCLIAPI') =>
  `${scene.emulator.connectUrl}/to/${app}?${new URLSearchParams({ token, ...more }).toString()}`;
const opened = async (more?: Record<string, string>) => pageOf(await scene.connectToken('SlackCLIAPI', ada), more);
const back = () => ({ redirect_uri: scene.redirectUri, state: 'a b&c' });
const queryOf = (end: ConnectEnd) => ('location' in end ? Object.fromEntries(end.location.searchParams) : end);
const ids = async () => {
  const { json } = await scene.get(`/v2/authentications?app=${await scene.appId('Slack')}&limit=100`, ada);
  return (json.data as { id: string }[]).map(({ id }) => id);
};

const linksOf = async (title: string, bearer?: string) => {
  const client = bearer === undefined ? `&client_id=${scene.emulator.partner.clientId}` : '';
  const { json } = await scene.get(`/v2/apps?query=${title}${client}`, bearer);
  return (json.data as { links: { connect_new_authentication: string | null } }[])[0]?.links;
};

describe('a connect token', () => {
  it('comes from an access token for one app, is no bearer, and lives six minutes', async () => {
    const answer = await scene.exchange({
      subject_token: ada,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access-token',
      requested_token_type: 'urn:ietf:params:oauth:token-type:connect-token',
      resource: `${scene.emulator.connectUrl}/to/SlackCLIAPI`,
    });
    expect(answer.json).toMatchObject({ token_type: 'N_A', expires_in: 360 });
    expect((await scene.get('/v2/apps', String(answer.json.access_token))).status).toBe(401);
  });

  it.each<[string, Record<string, string>, string]>([
    ['no resource', {}, 'invalid_request'],
    ['a relative resource', { resource: '/to/SlackCLIAPI' }, 'invalid_request'],
    ['a resource elsewhere', { resource: 'https://evil.test/to/SlackCLIAPI' }, 'invalid_target'],
    ['another scope', { scope: 'zap', resource: 'x' }, 'invalid_scope'],
  ])('is refused for %s', async (_what, more, error) => {
    const subject = { subject_token: ada, subject_token_type: 'urn:ietf:params:oauth:token-type:access-token' };
    const wanted = { requested_token_type: 'urn:ietf:params:oauth:token-type:connect-token' };
    expect((await scene.exchange({ ...subject, ...wanted, ...more })).json).toMatchObject({ error });
  });

  it('comes from the JWT too, in the older form, with no resource', async () => {
    const wanted = { requested_token_type: 'urn:ietf:params:oauth:token-type:connect-token' };
    const { json } = await scene.exchange(wanted);
    expect(await decideConnect(pageOf(String(json.access_token)))).toHaveProperty('message');
  });
});

describe('Connect', () => {
  it('ends by redirect with the id, the service and the state; the connection is in the list of its user alone', async () => {
    const query = queryOf(await decideConnect(await opened(back())));
    expect(query).toEqual({
      authentication_id: expect.stringMatching(/^\d+$/),
      service: 'SlackCLIAPI',
      state: 'a b&c',
    });
    expect(await ids()).toContain((query as { authentication_id: string }).authentication_id);
    const bob = await scene.userToken('bob');
    const { json } = await scene.get(`/v2/authentications?app=${await scene.appId('Slack')}`, bob);
    expect(json.data).toEqual([]);
  });

  it('ends with a message to the registered origins, with a numeric id by a rule', async () => {
    const page = await opened();
    const end = await decideConnect(page);
    expect(end).toEqual({ message: { type: 'authenticationSuccess', authId: expect.any(String) } });
    await scene.emulator.ask('rule', { kind: 'numeric_ids' });
    expect(await decideConnect(await opened())).toMatchObject({ message: { authId: expect.any(Number) } });
  });

  it('takes its token once, and out of the address', async () => {
    const page = await opened(back());
    const first = await fetch(page, { redirect: 'manual' });
    expect(first.headers.get('location')).not.toContain('token');
    expect(queryOf(await decideConnect(page))).toMatchObject({ error_description: 'Invalid token', state: 'a b&c' });
  });

  it('keeps the token for the person, when a program looks first', async () => {
    const page = await opened(back());
    await fetch(page, { method: 'HEAD', redirect: 'manual' });
    await fetch(page, { headers: { 'sec-purpose': 'prefetch' }, redirect: 'manual' });
    expect(queryOf(await decideConnect(page))).toHaveProperty('authentication_id');
  });

  it.each<[string, () => Promise<ConnectEnd>, string, string]>([
    [
      'that was declined',
      async () => decideConnect(await opened(back()), { decision: 'decline' }),
      'server_error',
      'OAuth Failed: access_denied',
    ],
    [
      'for another app',
      async () => decideConnect(pageOf(await scene.connectToken('SlackCLIAPI', ada), back(), 'TrelloCLIAPI')),
      'invalid_request',
      'Invalid app',
    ],
    [
      'that came too late',
      async () => {
        const page = await opened(back());
        await scene.emulator.ask('setTime', { at: new Date(Date.now() + 361_000).toISOString() });
        return decideConnect(page);
      },
      'invalid_request',
      'Token expired',
    ],
    [
      'that a rule lets fail',
      async () => {
        const failure = { error: 'access_denied', description: 'User not found' };
        await scene.emulator.ask('rule', { kind: 'connect_fails', ...failure });
        return decideConnect(await opened(back()));
      },
      'access_denied',
      'User not found',
    ],
  ])('one %s ends with its error', async (_what, end, error, description) => {
    expect(queryOf(await end())).toEqual({ error, error_description: description, state: 'a b&c' });
  });

  it('tells the opener of an error, where nobody gave a redirect', async () => {
    expect(await decideConnect(await opened(), { decision: 'decline' })).toMatchObject({
      message: { type: 'authenticationError', error: expect.any(String) },
    });
  });

  it('redirects nobody for an unknown token, or to an address that is not registered', async () => {
    expect(await decideConnect(pageOf('unknown', back()))).toHaveProperty('page');
    expect(await decideConnect(await opened({ redirect_uri: 'http://evil.test/' }))).toHaveProperty('page');
  });

  it('connects again under the same id', async () => {
    const { authentication_id: id = '' } = queryOf(await decideConnect(await opened(back()))) as Record<string, string>;
    await scene.emulator.ask('expireConnection', { id });
    expect((await scene.emulator.ask('connections')).find((one) => one.id === id)).toMatchObject({
      isExpired: true,
    });
    const before = await ids();
    const again = queryOf(await decideConnect(await opened({ ...back(), reconnect_id: id })));
    expect(again).toMatchObject({ authentication_id: id });
    expect(await ids()).toEqual(before);
    expect((await scene.emulator.ask('connections')).find((one) => one.id === id)).toMatchObject({
      isExpired: false,
    });
    await scene.emulator.ask('removeConnection', { id });
    expect(await ids()).not.toContain(id);
  });
});

describe('connecting for account holders', () => {
  it('has a link for a user, none without one, and none where the app needs no connection', async () => {
    expect(await linksOf('Slack')).toEqual({ connect_new_authentication: null });
    expect(await linksOf('Formatter', ada)).toEqual({ connect_new_authentication: null });
    const link = (await linksOf('Slack', ada))?.connect_new_authentication ?? '';
    const before = (await ids()).length;
    expect(await decideConnect(link)).toEqual({
      message: { type: 'zapier.popup.close', authentication_id: expect.any(String) },
    });
    expect((await ids()).length).toBe(before + 1);
  });
});
