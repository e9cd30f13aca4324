import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit, type AuditAction } from '#libs/audit';
import { ConnectionRefreshes, Connections, type Connection } from '#libs/connections';
import {
  type Answer,
  appDocument,
  claimRow,
  type ConnectionOwner,
  json,
  registerApp,
  startThirdPartyScene,
  type ThirdPartyScene,
} from '#libs/testing';
import { ConnectionRefresh } from './connection-refresh.js';
import { RefreshModule } from './index.js';

let scene: ThirdPartyScene;
let connections: Connections;
let refreshes: ConnectionRefreshes;
let owner: ConnectionOwner;
let id: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([RefreshModule]);
  connections = scene.app.get(Connections);
  refreshes = scene.app.get(ConnectionRefreshes);
});
afterAll(() => scene?.close());

/** Of an hour; refreshed a quarter of an hour before its end. */
async function connect(rotation: string): Promise<void> {
  const document = appDocument('acme-crm', scene.server.origin);
  await registerApp(scene.app, { ...document, 'x-gatehouse': { refresh: { rotation } } });
  owner = await scene.newOwner();
  id = await scene.connect(owner);
  scene.app.clock.advance(2700);
  scene.server.answerWith(json(500, {}));
  await setDue();
}

const setDue = () =>
  scene.app.database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [id, scene.app.clock.now()]);
const claim = () => claimRow(scene.app, 'connections', id);
const fresh = { access_token: 'access-2', token_type: 'Bearer', expires_in: 3600, refresh_token: 'refresh-2' };
const broken: Answer = (_, response) => response.destroy();
const asked = () => scene.server.requests.length;
const held = async () => (await connections.credentials(owner.tenantId, id))?.value.reveal();
/** Since it was made. */
const audited = async () => {
  const entries = await scene.app.get(Audit).list(owner.tenantId, { subject: id, limit: 10 });
  return entries
    .map(({ action }) => action)
    .filter((action: AuditAction) => action.startsWith('connection.') && action !== 'connection.created');
};

async function find(): Promise<Connection> {
  const connection = await connections.byId(owner.tenantId, id);
  if (!connection) throw new Error('The connection is gone.');
  return connection;
}

/** Presents the token, and dies. The next worker comes when the lease is over. */
async function presentAndDie(): Promise<void> {
  expect(await refreshes.begin(await claim(), 1)).toBe(1);
  scene.app.clock.advance(46);
}

/** What the next worker makes of it. @param answer for whatever it asks */
async function refresh(answer: Answer): Promise<Connection> {
  scene.server.answerWith(answer);
  await scene.app.get(ConnectionRefresh).run(await claim());
  return find();
}

async function advanceUntilDue(): Promise<void> {
  const { dueAt } = await find();
  scene.app.clock.advance(((dueAt?.getTime() ?? Number.NaN) - scene.app.clock.now().getTime()) / 1000);
}

describe('a worker that died with the token presented, at an app that takes it once', () => {
  beforeEach(() => connect('strict'));

  it('leaves it to nobody until the access token is about to end', async () => {
    const { expiresAt } = await find();
    await presentAndDie();
    const connection = await refresh(json(200, fresh));
    expect(asked()).toBe(0);
    expect(connection).toMatchObject({ status: 'degraded', attempts: 1, refreshFailures: 1, leaseUntil: null });
    expect(connection.statusReason).toContain('The answer to its last refresh was lost');
    expect(connection.dueAt).toEqual(new Date((expiresAt?.getTime() ?? Number.NaN) - 60_000));
    expect(await audited()).toEqual(['connection.degraded']);
  });

  it('leaves it to the next then, who presents it once, and is believed when it works', async () => {
    await presentAndDie();
    await refresh(broken);
    await advanceUntilDue();
    expect(await refresh(json(200, fresh))).toMatchObject({ status: 'connected', attempts: 0, attemptAt: null });
    expect(asked()).toBe(1);
    expect(await held()).toMatchObject({ refreshToken: 'refresh-2' });
    expect(await audited()).toEqual(['connection.recovered', 'connection.degraded']);
  });

  it('is told to the user when the token is refused then: as lost, on record, with what stands kept', async () => {
    await presentAndDie();
    await refresh(broken);
    await advanceUntilDue();
    const connection = await refresh(json(400, { error: 'invalid_grant' }));
    expect(connection).toMatchObject({ status: 'needs_reauth', dueAt: null });
    expect(connection.statusReason).toContain('The answer to an earlier refresh was lost');
    expect(await audited()).toEqual(['connection.needs_reauth', 'connection.degraded']);
    expect(await held()).toMatchObject({ accessToken: 'access-1', refreshToken: 'refresh-1' });
  });

  it('is still the reason when an error of the server came between', async () => {
    await presentAndDie();
    await refresh(broken);
    await advanceUntilDue();
    expect(await refresh(json(500, {}))).toMatchObject({ status: 'degraded', attempts: 1 });
    scene.app.clock.advance(100);
    const connection = await refresh(json(400, { error: 'invalid_grant' }));
    expect(connection.statusReason).toContain('The answer to an earlier refresh was lost');
  });

  it('is not forgotten while the app is switched off', async () => {
    const off = (enabled: boolean) =>
      scene.app.database.query(`UPDATE tenant_apps SET enabled = $2 WHERE tenant_id = $1`, [owner.tenantId, enabled]);
    await presentAndDie();
    await off(false);
    expect(await refresh(json(200, fresh))).toMatchObject({ status: 'degraded', attempts: 1 });
    await off(true);
    await advanceUntilDue();
    scene.app.clock.advance(10);
    await refresh(json(200, fresh));
    expect(asked()).toBe(0);
  });

  it('is forgotten with the credentials: newer ones are presented at once', async () => {
    await presentAndDie();
    await scene.app.database.query(`UPDATE connections SET attempt_version = 0 WHERE id = $1`, [id]);
    expect(await refresh(json(200, fresh))).toMatchObject({ status: 'connected' });
  });

  it('an answer that broke off is the same: nobody asks again until then', async () => {
    const { expiresAt } = await find();
    const connection = await refresh(broken);
    expect(connection).toMatchObject({ status: 'degraded', attempts: 1 });
    expect(connection.dueAt).toEqual(new Date((expiresAt?.getTime() ?? Number.NaN) - 60_000));
    await setDue();
    expect((await refresh(broken)).dueAt).toEqual(connection.dueAt);
    expect(asked()).toBe(0);
  });
});

describe('a worker that died with the token presented, at an app with grace', () => {
  beforeEach(() => connect('grace'));

  it('is followed at once by one that presents it again', async () => {
    await presentAndDie();
    expect(await refresh(json(200, fresh))).toMatchObject({ status: 'connected' });
    expect(asked()).toBe(1);
    expect(await audited()).toEqual([]);
  });

  it('presents a token twice at once, every 8 s while it is taken again, and then with growing pauses', async () => {
    expect(await refresh(broken)).toMatchObject({ status: 'connected', attempts: 1, dueAt: scene.app.clock.now() });
    for (const attempts of [2, 3, 4]) {
      expect(await refresh(broken)).toMatchObject({ status: 'degraded', attempts, dueAt: scene.app.clock.in(8) });
      await setDue();
      expect(await refresh(broken)).toMatchObject({ attempts, dueAt: scene.app.clock.in(8) });
      expect(asked()).toBe(0);
      scene.app.clock.advance(8);
    }
    expect(await refresh(broken)).toMatchObject({ attempts: 5, dueAt: scene.app.clock.in(240) });
  });
});

describe('a worker that died with the token presented, at an app that does not rotate', () => {
  beforeEach(() => connect('non_rotating'));

  it('is followed at once, and a token that is never answered goes on by the usual waits', async () => {
    await presentAndDie();
    const connection = await refresh(broken);
    expect(asked()).toBe(1);
    expect(connection).toMatchObject({ status: 'degraded', attempts: 2 });
    const wait = ((connection.dueAt?.getTime() ?? Number.NaN) - scene.app.clock.now().getTime()) / 1000;
    expect(wait).toBeGreaterThanOrEqual(15);
    expect(wait).toBeLessThanOrEqual(30);
    await setDue();
    expect(await refresh(json(200, fresh))).toMatchObject({ status: 'connected', attempts: 0 });
  });
});

describe('a worker that was paused', () => {
  beforeEach(() => connect('strict'));

  it('stores its late answer though its lease is lost, and the user was called already', async () => {
    const reason = 'refused';
    const late: Answer = async (request, response) => {
      scene.app.clock.advance(46);
      await refreshes.fail(await claim(), { status: 'needs_reauth', reason, dueAt: null, presented: 'in_vain' });
      return json(200, fresh)(request, response);
    };
    const connection = await refresh(late);
    expect(connection).toMatchObject({ status: 'connected', statusReason: null, leaseUntil: null });
    expect(connection.dueAt).not.toBeNull();
    expect(await held()).toMatchObject({ refreshToken: 'refresh-2' });
    expect(await audited()).toEqual(['connection.recovered', 'connection.needs_reauth']);
  });

  it('says nothing about what others did since, when its late answer is a refusal', async () => {
    const late: Answer = async (request, response) => {
      scene.app.clock.advance(46);
      await claim();
      return json(400, { error: 'invalid_grant' })(request, response);
    };
    expect(await refresh(late)).toMatchObject({ status: 'connected', leaseUntil: scene.app.clock.in(45) });
  });

  it('before it asked does not ask when its lease is lost, or would end before the answer', async () => {
    const lost = await claim();
    scene.app.clock.advance(46);
    await claim();
    await scene.app.get(ConnectionRefresh).run(lost);
    scene.app.clock.advance(46);
    const short = await claim();
    scene.app.clock.advance(11);
    await scene.app.get(ConnectionRefresh).run(short);
    expect(asked()).toBe(0);
    expect(await find()).toMatchObject({ attempts: 0, attemptAt: null });
  });
});
