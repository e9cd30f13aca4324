import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  claimRow,
  type ConnectionOwner,
  createTenant,
  oauth2Credentials,
  startThirdPartyScene,
  storeRefreshed,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import { ConnectionRefreshes, Connections, type ConnectionClaim, type RefreshFailure } from './index.js';

let scene: ThirdPartyScene;
let app: TestApp;
let connections: Connections;
let refreshes: ConnectionRefreshes;
let owner: ConnectionOwner;
let id: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([]);
  app = scene.app;
  connections = app.get(Connections);
  refreshes = app.get(ConnectionRefreshes);
});
beforeEach(async () => {
  owner = await scene.newOwner();
  id = await scene.connect(owner);
});
afterAll(() => scene?.close());

const find = () => connections.byId(owner.tenantId, id);
const held = async () => (await connections.credentials(owner.tenantId, id))?.value.reveal();
const store = (name: string, spentVersion: number) =>
  storeRefreshed(app, { tenantId: owner.tenantId, id }, oauth2Credentials(app, { refreshToken: name }), spentVersion);

async function claim(): Promise<ConnectionClaim> {
  await app.database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [id, app.clock.now()]);
  return claimRow(app, 'connections', id);
}

const failure = (presented: RefreshFailure['presented']): RefreshFailure => ({
  status: 'degraded',
  reason: 'away',
  dueAt: app.clock.in(30),
  presented,
});

describe('marking that a token is presented', () => {
  it('counts presentations of the same credentials, and begins anew with others', async () => {
    expect(await refreshes.begin(await claim(), 1)).toBe(1);
    app.clock.advance(60);
    expect(await refreshes.begin(await claim(), 1)).toBe(2);
    expect(await find()).toMatchObject({ attempts: 2, attemptVersion: 1, attemptAt: app.clock.now() });
    expect(await refreshes.begin(await claim(), 2)).toBe(1);
  });

  it('is refused to whom the claim no longer belongs, and to another tenant', async () => {
    const lost = await claim();
    const mine = await claim();
    const { id: tenantId } = await createTenant(app);
    expect(await refreshes.begin(lost, 1)).toBeNull();
    expect(await refreshes.begin({ ...mine, tenantId }, 1)).toBeNull();
    expect(await find()).toMatchObject({ attempts: 0, attemptAt: null });
  });

  it.each<[RefreshFailure['presented'], number]>([
    ['unknown', 2],
    ['in_vain', 1],
    ['no', 2],
  ])('twice, and then a failure with the token presented "%s", leaves %i marks', async (presented, attempts) => {
    await refreshes.begin(await claim(), 1);
    const second = await claim();
    await refreshes.begin(second, 1);
    await refreshes.fail(second, failure(presented));
    expect(await find()).toMatchObject({ attempts, attemptVersion: 1 });
  });

  it('once, and then an answer that says no, leaves none', async () => {
    const only = await claim();
    await refreshes.begin(only, 1);
    await refreshes.fail(only, failure('in_vain'));
    expect(await find()).toMatchObject({ attempts: 0, attemptVersion: null, attemptAt: null });
  });

  it('is taken back with the claim, but for the marks of those before', async () => {
    const first = await claim();
    await refreshes.begin(first, 1);
    await refreshes.withdraw(first, app.clock.in(60));
    expect(await find()).toMatchObject({
      attempts: 0,
      attemptVersion: null,
      leaseUntil: null,
      dueAt: app.clock.in(60),
    });
    await refreshes.begin(await claim(), 1);
    const second = await claim();
    await refreshes.begin(second, 1);
    await refreshes.withdraw(second, app.clock.in(60));
    expect(await find()).toMatchObject({ attempts: 1, attemptVersion: 1, status: 'connected', refreshFailures: 0 });
  });
});

describe('giving a claim back', () => {
  it('sets when it is due and frees the lease, and nothing else', async () => {
    const before = await find();
    await refreshes.defer(await claim(), app.clock.in(60));
    expect(await find()).toEqual(Object.assign(before ?? {}, { dueAt: app.clock.in(60), version: 2 }));
  });

  it.each<[string, (claim: ConnectionClaim) => Promise<unknown>]>([
    ['defer', (lost) => refreshes.defer(lost, app.clock.now())],
    ['withdraw', (lost) => refreshes.withdraw(lost, app.clock.now())],
    ['fail', (lost) => refreshes.fail(lost, failure('in_vain'))],
    ['takeOrphan', (lost) => refreshes.takeOrphan(lost, 1)],
  ])('%s writes nothing for whom it no longer belongs, nor for another tenant', async (_, giveBack) => {
    const lost = await claim();
    const mine = await claim();
    const { id: tenantId } = await createTenant(app);
    const before = await find();
    app.clock.advance(1);
    await giveBack(lost);
    await giveBack({ ...mine, tenantId });
    expect(await find()).toEqual(before);
  });
});

describe('two refreshes within one second', () => {
  it('leave what the newer one brought: a replay of the older is refused by the version, whatever the time is', async () => {
    expect(await store('refresh-2', 1)).toBe(true);
    expect(await store('refresh-3', 2)).toBe(true);
    expect(await store('refresh-2', 1)).toBe(false);
    app.clock.advance(1);
    expect(await store('refresh-2', 1)).toBe(false);
    expect(await store('refresh-9', 7)).toBe(false);
    expect(await held()).toMatchObject({ refreshToken: 'refresh-3' });
  });
});

describe('an answer for a connection that rests', () => {
  it.each(['pending', 'disabled'])('is stored, and it stays %s and is not due', async (status) => {
    await app.database.query(`UPDATE connections SET status = $2, due_at = NULL WHERE id = $1`, [id, status]);
    expect(await store('refresh-2', 1)).toBe(true);
    expect(await held()).toMatchObject({ refreshToken: 'refresh-2' });
    expect(await find()).toMatchObject({ status, dueAt: null });
  });
});

describe("another tenant's answer", () => {
  it('finds no connection', async () => {
    const { tenantId } = await scene.newOwner();
    const other = { tenantId, id };
    expect(await storeRefreshed(app, other, oauth2Credentials(app, { refreshToken: 'theirs' }), 1)).toBe(false);
    expect(await held()).toMatchObject({ refreshToken: 'refresh-1' });
  });
});
