import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit } from '#libs/audit';
import { Connections, type Connection } from '#libs/connections';
import {
  type Answer,
  appDocument,
  claimRow,
  type ConnectionOwner,
  json,
  oauth2Credentials,
  registerApp,
  startThirdPartyScene,
  storeRefreshed,
  type ThirdPartyScene,
} from '#libs/testing';
import { ConnectionRefresh } from './connection-refresh.js';
import { RefreshModule } from './index.js';

let scene: ThirdPartyScene;
let connections: Connections;
let owner: ConnectionOwner;
let id: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([RefreshModule]);
  connections = scene.app.get(Connections);
});
beforeEach(async () => {
  await describeApp({});
  owner = await scene.newOwner();
  id = await scene.connect(owner);
});
afterAll(() => scene?.close());

const describeApp = (how: object) =>
  registerApp(scene.app, { ...appDocument('acme-crm', scene.server.origin), 'x-gatehouse': { refresh: how } });
const fresh = { access_token: 'access-2', token_type: 'Bearer', expires_in: 7200, refresh_token: 'refresh-2' };
const presented = () => scene.server.requests.map(({ body }) => new URLSearchParams(body).get('refresh_token'));
const held = async () => (await connections.credentials(owner.tenantId, id))?.value.reveal();
const audited = async (action: 'connection.scopes_changed') => {
  const entries = await scene.app.get(Audit).list(owner.tenantId, { action, subject: id, limit: 10 });
  return entries.map(({ details }) => details);
};
const secondsUntilDue = ({ dueAt }: Connection) =>
  ((dueAt?.getTime() ?? Number.NaN) - scene.app.clock.now().getTime()) / 1000;

async function find(): Promise<Connection> {
  const connection = await connections.byId(owner.tenantId, id);
  if (!connection) throw new Error('The connection is gone.');
  return connection;
}

/** One refresh of it, from the claim to the end. */
async function refresh(answer: Answer): Promise<Connection> {
  scene.server.answerWith(answer);
  await scene.app.database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [id, scene.app.clock.now()]);
  await scene.app.get(ConnectionRefresh).run(await claimRow(scene.app, 'connections', id));
  return find();
}

const inTwoHours = () => scene.app.clock.in(7200).toUTCString();
const inTenMinutes = () => scene.app.clock.in(600).toUTCString();

describe('Retry-After', () => {
  it.each<[number, string, string, () => string, number, number]>([
    [429, 'strict', '7', () => '7', 15, 30],
    [429, 'strict', '120', () => '120', 120, 120],
    [429, 'strict', 'a date', inTenMinutes, 600, 600],
    [429, 'strict', 'a date too far off', inTwoHours, 3600, 3600],
    [429, 'strict', 'an absurd number', () => '31557600000', 3600, 3600],
    [429, 'strict', 'no time at all', () => 'later', 15, 30],
    [503, 'grace', '300', () => '300', 300, 300],
    [503, 'non_rotating', '300', () => '300', 300, 300],
    [504, 'grace', '300', () => '300', 300, 300],
    [502, 'non_rotating', '300', () => '300', 300, 300],
    [502, 'strict', '900', () => '900', 3540, 3540],
  ])('of a %i to a %s app, which says %s, is waited for', async (status, rotation, _, value, least, most) => {
    await describeApp({ rotation });
    const connection = await refresh(json(status, {}, { 'retry-after': value() }));
    expect(secondsUntilDue(connection)).toBeGreaterThanOrEqual(least);
    expect(secondsUntilDue(connection)).toBeLessThanOrEqual(most);
    scene.app.clock.advance(secondsUntilDue(connection) - 0.001);
    await expect(claimRow(scene.app, 'connections', id)).rejects.toThrow('not due');
  });
});

describe('scopes that the user took back', () => {
  it('are recorded, and the next answer that names the same ones in another order is no change', async () => {
    await refresh(json(200, { ...fresh, scope: 'b a' }));
    expect(await audited('connection.scopes_changed')).toEqual([{ from: 'things', to: 'a b' }]);
    scene.app.clock.advance(60);
    expect(await refresh(json(200, { ...fresh, scope: 'a b' }))).toMatchObject({ scopes: ['a', 'b'] });
    expect(await audited('connection.scopes_changed')).toHaveLength(1);
    scene.app.clock.advance(60);
    expect(await refresh(json(200, { ...fresh, scope: 'a' }))).toMatchObject({ scopes: ['a'] });
    expect(await audited('connection.scopes_changed')).toEqual([
      { from: 'a b', to: 'a' },
      { from: 'things', to: 'a b' },
    ]);
  });

  it('are not, where the answer is silent about them', async () => {
    expect(await refresh(json(200, fresh))).toMatchObject({ scopes: ['things'] });
    expect(await audited('connection.scopes_changed')).toEqual([]);
  });
});

describe('an answer with an odd end', () => {
  it.each<[unknown, number | null]>([
    [undefined, null],
    [null, null],
    ['3600', 3600],
    [0, null],
    [-1, null],
    [1e12, 90 * 86_400],
    [true, null],
    ['', null],
    [{}, null],
  ])('of %j is taken, and its tokens are kept', async (expiresIn, seconds) => {
    const connection = await refresh(json(200, { ...fresh, expires_in: expiresIn }));
    expect(connection.expiresAt).toEqual(seconds === null ? null : scene.app.clock.in(seconds));
    expect(await held()).toMatchObject({ accessToken: 'access-2', refreshToken: 'refresh-2' });
  });
});

describe('an app that asks to be kept alive', () => {
  it('is asked before a connection has been idle too long, though its token has no end', async () => {
    await describeApp({ keep_alive: 86_400 });
    const connection = await refresh(json(200, { ...fresh, expires_in: undefined }));
    expect(connection).toMatchObject({ expiresAt: null, keepAliveSeconds: 86_400 });
    expect(secondsUntilDue(connection)).toBeLessThanOrEqual(86_400);
    expect(secondsUntilDue(connection)).toBeGreaterThanOrEqual(0.8 * 86_400);
  });
});

/** Another worker stores a newer token while this one is asking. */
const overtaken: Answer = async (request, response) => {
  const newer = oauth2Credentials(scene.app, { accessToken: 'access-9', refreshToken: 'refresh-9' });
  await storeRefreshed(scene.app, { tenantId: owner.tenantId, id }, newer, 1);
  return json(400, { error: 'invalid_grant' })(request, response);
};

describe('a refusal of a token that another worker spent', () => {
  it('marks nobody, and the newer token is what is used and presented from then on', async () => {
    expect(await refresh(overtaken)).toMatchObject({ status: 'connected', statusReason: null, refreshFailures: 0 });
    expect(await held()).toMatchObject({ accessToken: 'access-9' });
    await refresh(json(200, fresh));
    expect(presented()).toEqual(['refresh-9']);
  });

  it('changes nothing about when the newer one is due', async () => {
    const connection = await refresh(overtaken);
    expect(secondsUntilDue(connection)).toBeGreaterThan(2000);
    expect(connection.leaseUntil).toBeNull();
  });
});

const broken: Answer = (_, response) => response.destroy();

/** @returns what it is after the second of two failures that are so far apart */
async function failFor(hours: number, answer: Answer): Promise<Connection> {
  await refresh(answer);
  scene.app.clock.advance(hours * 3600);
  return refresh(answer);
}

describe('three days of failures', () => {
  it.each<[string, Answer, string]>([
    ['errors', json(500, {}), 'strict'],
    ['broken connections of a strict app', broken, 'strict'],
    ['broken connections of an app with grace', broken, 'grace'],
    ['broken connections of an app that does not rotate', broken, 'non_rotating'],
  ])('end in a call for the user, and not an hour less: %s', async (_, answer, rotation) => {
    await describeApp({ rotation });
    expect(await failFor(71, answer)).toMatchObject({ status: 'degraded' });
    scene.app.clock.advance(3600);
    expect(await refresh(answer)).toMatchObject({
      status: 'needs_reauth',
      dueAt: null,
      statusReason: expect.stringContaining('for three days'),
    });
  });

  it('with a success between them begin again', async () => {
    await failFor(71, json(500, {}));
    await refresh(json(200, fresh));
    expect(await failFor(71, json(500, {}))).toMatchObject({ status: 'degraded' });
  });

  it('in which the client was refused are nothing to the user', async () => {
    expect(await failFor(100, json(401, { error: 'invalid_client' }))).toMatchObject({ status: 'connected' });
  });

  it('in which the app was switched off do not count once it is on again', async () => {
    const off = (enabled: boolean) =>
      scene.app.database.query(`UPDATE tenant_apps SET enabled = $2 WHERE tenant_id = $1`, [owner.tenantId, enabled]);
    await off(false);
    expect(await failFor(100, json(200, fresh))).toMatchObject({ status: 'degraded' });
    await off(true);
    scene.app.clock.advance(10);
    expect(await refresh(json(500, {}))).toMatchObject({ status: 'degraded' });
  });
});
