import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimDue } from '#libs/scheduling';
import {
  claimRow,
  type ConnectionOwner,
  establishConnection,
  oauth2Credentials,
  startThirdPartyScene,
  storeRefreshed,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import { ConnectionRefreshes, Connections, dueTime, UnconfirmedConnections, type ConnectionClaim } from './index.js';

let scene: ThirdPartyScene;
let app: TestApp;
let connections: Connections;
let refreshes: ConnectionRefreshes;
let unconfirmed: UnconfirmedConnections;
let owner: ConnectionOwner;
let id: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([]);
  app = scene.app;
  connections = app.get(Connections);
  refreshes = app.get(ConnectionRefreshes);
  unconfirmed = app.get(UnconfirmedConnections);
});
beforeEach(async () => {
  owner = await scene.newOwner();
  id = await scene.connect(owner);
});
afterAll(() => scene?.close());

const find = () => connections.byId(owner.tenantId, id);
const held = async () => {
  const found = await connections.credentials(owner.tenantId, id);
  return { version: found?.version, value: found?.value.reveal() };
};
const refreshed = () =>
  oauth2Credentials(app, { accessToken: 'access-2', refreshToken: 'refresh-2', scopes: ['fewer'] });
const set = (changes: string, ...values: unknown[]) =>
  app.database.query(`UPDATE connections SET ${changes} WHERE tenant_id = $1 AND id = $2`, [
    owner.tenantId,
    id,
    ...values,
  ]);

async function claim(): Promise<ConnectionClaim> {
  await set('due_at = $3', app.clock.now());
  return claimRow(app, 'connections', id);
}

const failure = () => ({ status: 'degraded', reason: 'away', dueAt: app.clock.in(30), presented: 'in_vain' }) as const;
async function refreshNow(): Promise<void> {
  const connection = await find();
  if (connection) await connections.refreshNow(connection);
}
/** What a worker takes that has one place free. */
async function next(): Promise<string | undefined> {
  const request = { now: app.clock.now(), leaseEnd: app.clock.in(45), owner: 'worker', limit: 1 };
  return (await claimDue(app.database, 'connections', request))[0]?.id;
}
const pending = () => establishConnection(app, owner, oauth2Credentials(app), 'pending');
const exists = async (of: string) =>
  (await connections.byId(owner.tenantId, of)) !== null && (await connections.credentials(owner.tenantId, of)) !== null;

describe('storing refreshed credentials', () => {
  it('stores them, frees the lease and computes the next due time', async () => {
    const lease = await claim();
    app.clock.advance(5);
    expect(await storeRefreshed(app, { tenantId: owner.tenantId, id }, refreshed(), 1)).toBe(true);
    const connection = await find();
    expect(connection).toMatchObject({
      status: 'connected',
      scopes: ['fewer'],
      expiresAt: app.clock.in(3600),
      lastRefreshedAt: app.clock.now(),
      leaseUntil: null,
      leaseOwner: null,
      version: lease.version + 1,
    });
    expect(connection?.dueAt?.getTime()).toBeGreaterThanOrEqual(app.clock.in(3600 - 1080).getTime());
    expect(await held()).toMatchObject({ version: 2, value: { accessToken: 'access-2', refreshToken: 'refresh-2' } });
  });

  it('brings a degraded connection back, and says since when', async () => {
    await set(`status = 'degraded', status_reason = 'away', refresh_failures = 4`);
    await claim();
    app.clock.advance(5);
    await storeRefreshed(app, { tenantId: owner.tenantId, id }, refreshed(), 1);
    expect(await find()).toMatchObject({
      status: 'connected',
      statusReason: null,
      refreshFailures: 0,
      statusSince: app.clock.now(),
    });
  });

  it('writes nothing once the spent credentials were replaced', async () => {
    await claim();
    await app.database.query(`UPDATE vault_secrets SET version = 2 WHERE tenant_id = $1 AND row_id = $2`, [
      owner.tenantId,
      id,
    ]);
    const rows = async () => [
      await app.database.query(`SELECT * FROM connections WHERE id = $1`, [id]),
      await app.database.query(`SELECT * FROM vault_secrets WHERE row_id = $1`, [id]),
    ];
    const before = await rows();
    app.clock.advance(5);
    expect(await storeRefreshed(app, { tenantId: owner.tenantId, id }, refreshed(), 1)).toBe(false);
    expect(await rows()).toEqual(before);
  });

  it('stores a late answer of a worker that lost its lease: no other is worth anything', async () => {
    await claim();
    await set('version = version + 1');
    expect(await storeRefreshed(app, { tenantId: owner.tenantId, id }, refreshed(), 1)).toBe(true);
    expect(await held()).toMatchObject({ version: 2, value: { refreshToken: 'refresh-2' } });
  });

  it('lets exactly one of 10 late answers to the same lease in', async () => {
    await claim();
    const stored = await Promise.all(
      Array.from({ length: 10 }, () => storeRefreshed(app, { tenantId: owner.tenantId, id }, refreshed(), 1)),
    );
    expect(stored.filter(Boolean)).toHaveLength(1);
    expect(await held()).toMatchObject({ version: 2 });
  });
});

describe('storing a failed refresh', () => {
  it('counts it, says why and since when, and sets the next try', async () => {
    const lease = await claim();
    await refreshes.fail(lease, failure());
    expect(await find()).toMatchObject({
      status: 'degraded',
      statusReason: 'away',
      statusSince: app.clock.now(),
      dueAt: app.clock.in(30),
      refreshFailures: 1,
      leaseUntil: null,
    });
    expect(await held()).toMatchObject({ version: 1, value: { accessToken: 'access-1' } });
  });

  it('keeps the time since which it has been so when it fails again', async () => {
    await refreshes.fail(await claim(), failure());
    const { statusSince } = (await find()) ?? {};
    app.clock.advance(60);
    await refreshes.fail(await claim(), failure());
    expect(await find()).toMatchObject({ statusSince, refreshFailures: 2 });
  });

  it('writes nothing once the lease was lost', async () => {
    const lease = await claim();
    await set('version = version + 1');
    const before = await find();
    await refreshes.fail(lease, failure());
    expect(await find()).toEqual(before);
  });
});

describe('asking for a refresh now', () => {
  it('makes a connected one due', async () => {
    await set('due_at = NULL');
    await refreshNow();
    expect(await next()).toBe(id);
  });

  it('has it taken before what has been due for longer, however often it is asked for', async () => {
    for (let older = 0; older < 3; older += 1) await scene.connect(owner);
    await app.database.query(`UPDATE connections SET due_at = $2 WHERE tenant_id = $1`, [
      owner.tenantId,
      app.clock.now(),
    ]);
    for (let time = 0; time < 3; time += 1) {
      app.clock.advance(60);
      await refreshNow();
    }
    expect(await next()).toBe(id);
  });

  it('has it due, for people, since it was first asked for', async () => {
    const asked = app.clock.now();
    await refreshNow();
    app.clock.advance(60);
    await refreshNow();
    expect(dueTime((await find())?.dueAt ?? asked)).toEqual(asked);
  });

  it.each(['pending', 'degraded', 'needs_reauth', 'disabled'])('leaves one that is %s alone', async (status) => {
    await set('status = $3', status);
    const before = await find();
    await refreshNow();
    expect(await find()).toEqual(before);
  });

  it('leaves one alone whose token was renewed since it was read', async () => {
    const read = await find();
    await claim();
    app.clock.advance(5);
    await storeRefreshed(app, { tenantId: owner.tenantId, id }, refreshed(), 1);
    const before = await find();
    if (read) await connections.refreshNow(read);
    expect(await find()).toEqual(before);
  });

  it('leaves one under lease alone until the lease has run out', async () => {
    await claim();
    const before = await find();
    await refreshNow();
    expect(await find()).toEqual(before);
    app.clock.advance(46);
    await refreshNow();
    expect(await next()).toBe(id);
  });
});

describe('deleting what nobody confirmed', () => {
  it('leaves one that is confirmed at the same moment, with its credentials', async () => {
    app.clock.advance(1801);
    await unconfirmed.deleteExpired(1000);
    const old = await pending();
    app.clock.advance(1801);
    await app.database.transaction(async (tx) => {
      await connections.confirm(owner.tenantId, old, tx);
      expect(await unconfirmed.deleteExpired(1000)).toBe(0);
    });
    expect(await unconfirmed.deleteExpired(1000)).toBe(0);
    expect(await exists(old)).toBe(true);
  });

  it('removes the row and its secret, past the time only and pending ones only', async () => {
    app.clock.advance(1801);
    await unconfirmed.deleteExpired(1000);
    const old = await pending();
    app.clock.advance(1801);
    const fresh = await pending();
    expect(await unconfirmed.deleteExpired(1000)).toBe(1);
    expect([await exists(old), await exists(fresh), await exists(id)]).toEqual([false, true, true]);
    expect(await app.database.query(`SELECT 1 FROM vault_secrets WHERE row_id = $1`, [old])).toEqual([]);
  });
});
