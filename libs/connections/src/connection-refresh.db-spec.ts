import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CatalogModule } from '#libs/catalog';
import { Secret } from '#libs/crypto';
import { asTenantId } from '#libs/database';
import { claimDue } from '#libs/scheduling';
import {
  appDocument,
  type ConnectionOwner,
  createTenant,
  createTestDatabase,
  createUser,
  establishConnection,
  oauth2Credentials,
  offerApp,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { Connections, ConnectionsModule, type ConnectionClaim } from './index.js';

let database: TestDatabase;
let app: TestApp;
let connections: Connections;
let owner: ConnectionOwner;
let id: string;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [CatalogModule, ConnectionsModule] });
  connections = app.get(Connections);
});
beforeEach(async () => {
  const { id: tenantId } = await createTenant(app);
  const userId = await createUser(app, tenantId);
  const appId = await offerApp(app, tenantId, appDocument('acme-crm', 'http://127.0.0.1:1'));
  owner = { tenantId, userId, appId };
  id = await establishConnection(app, owner, oauth2Credentials(app));
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const find = () => connections.byId(owner.tenantId, id);
const held = async () => {
  const found = await connections.credentials(owner.tenantId, id);
  return { version: found?.version, value: found?.value.reveal() };
};
const refreshed = () =>
  new Secret(oauth2Credentials(app, { accessToken: 'access-2', refreshToken: 'refresh-2', scopes: ['fewer'] }));
const set = (changes: string, ...values: unknown[]) =>
  app.database.query(`UPDATE connections SET ${changes} WHERE tenant_id = $1 AND id = $2`, [
    owner.tenantId,
    id,
    ...values,
  ]);

/** Claims this connection as a refresh worker does. */
async function claim(): Promise<ConnectionClaim> {
  await set('due_at = $3', app.clock.now());
  const rows = await claimDue(app.database, 'connections', {
    now: app.clock.now(),
    leaseEnd: app.clock.in(45),
    owner: 'worker',
    limit: 100,
  });
  const own = rows.find((row) => row.id === id);
  if (!own) throw new Error('The connection was not due.');
  return { ...own, tenantId: asTenantId(own.tenantId) };
}

describe('storing refreshed credentials', () => {
  it('stores them, frees the lease and computes the next due time', async () => {
    const lease = await claim();
    app.clock.advance(5);
    expect(await connections.storeRefreshed(lease, refreshed(), 1)).toBe(true);
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
    const lease = await claim();
    app.clock.advance(5);
    await connections.storeRefreshed(lease, refreshed(), 1);
    expect(await find()).toMatchObject({
      status: 'connected',
      statusReason: null,
      refreshFailures: 0,
      statusSince: app.clock.now(),
    });
  });

  it.each(['lease', 'credentials', 'lease and the credentials'])('writes nothing once the %s changed', async (changed) => {
    const lease = await claim();
    if (changed.includes('lease')) await set('version = version + 1');
    if (changed.includes('credentials')) {
      const place = { kind: 'connection', rowId: id, field: 'credentials' } as const;
      await app.database.query(
        `UPDATE vault_secrets SET version = 2 WHERE tenant_id = $1 AND kind = $2 AND row_id = $3 AND field = $4`,
        [owner.tenantId, place.kind, place.rowId, place.field],
      );
    }
    const rows = async () => [
      await app.database.query(`SELECT * FROM connections WHERE id = $1`, [id]),
      await app.database.query(`SELECT * FROM vault_secrets WHERE row_id = $1`, [id]),
    ];
    const before = await rows();
    app.clock.advance(5);
    expect(await connections.storeRefreshed(lease, refreshed(), 1)).toBe(false);
    expect(await rows()).toEqual(before);
  });

  it('lets exactly one of 10 late answers to the same lease in', async () => {
    const lease = await claim();
    const stored = await Promise.all(
      Array.from({ length: 10 }, () => connections.storeRefreshed(lease, refreshed(), 1)),
    );
    expect(stored.filter(Boolean)).toHaveLength(1);
    expect(await held()).toMatchObject({ version: 2 });
  });
});

describe('storing a failed refresh', () => {
  const failure = () => ({ status: 'degraded', reason: 'away', dueAt: app.clock.in(30) }) as const;

  it('counts it, says why and since when, and sets the next try', async () => {
    const lease = await claim();
    await connections.storeRefreshFailure(lease, failure());
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
    await connections.storeRefreshFailure(await claim(), failure());
    const { statusSince } = (await find()) ?? {};
    app.clock.advance(60);
    await connections.storeRefreshFailure(await claim(), failure());
    expect(await find()).toMatchObject({ statusSince, refreshFailures: 2 });
  });

  it('writes nothing once the lease was lost', async () => {
    const lease = await claim();
    await set('version = version + 1');
    const before = await find();
    await connections.storeRefreshFailure(lease, failure());
    expect(await find()).toEqual(before);
  });
});

describe('asking for a refresh now', () => {
  const refreshNow = () => connections.refreshNow(owner.tenantId, id);

  it('makes a connected one due', async () => {
    await refreshNow();
    expect((await find())?.dueAt).toEqual(app.clock.now());
  });

  it.each(['pending', 'degraded', 'needs_reauth', 'disabled'])('leaves one that is %s alone', async (status) => {
    await set('status = $3', status);
    const before = await find();
    await refreshNow();
    expect(await find()).toEqual(before);
  });

  it('leaves one under lease alone until the lease has run out', async () => {
    await claim();
    const before = await find();
    await refreshNow();
    expect(await find()).toEqual(before);
    app.clock.advance(46);
    await refreshNow();
    expect((await find())?.dueAt).toEqual(app.clock.now());
  });
});

describe('deleting what nobody confirmed', () => {
  const pending = () => establishConnection(app, owner, oauth2Credentials(app), 'pending');
  const exists = async (of: string) =>
    (await connections.byId(owner.tenantId, of)) !== null &&
    (await connections.credentials(owner.tenantId, of)) !== null;

  it('removes the row and its secret, past the time only and pending ones only', async () => {
    const old = await pending();
    app.clock.advance(1800);
    const fresh = await pending();
    await connections.deleteUnconfirmed(app.clock.in(-60));
    expect([await exists(old), await exists(fresh), await exists(id)]).toEqual([false, true, true]);
    expect(await app.database.query(`SELECT 1 FROM vault_secrets WHERE row_id = $1`, [old])).toEqual([]);
  });
});
