import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '#libs/crypto';
import { newId } from '#libs/database';
import {
  appDocument,
  type ConnectionOwner,
  createTenant,
  createUser,
  dumpRows,
  establishConnection,
  oauth2Credentials,
  offerApp,
  registerApp,
  startThirdPartyScene,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import { Connections, type NewConnection } from './index.js';

let scene: ThirdPartyScene;
let app: TestApp;
let connections: Connections;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await startThirdPartyScene([]);
  app = scene.app;
  connections = app.get(Connections);
});
beforeEach(async () => {
  owner = await scene.newOwner();
});
afterAll(() => scene?.close());

const establish = (changes: Parameters<typeof oauth2Credentials>[1] = {}, status?: NewConnection['status']) =>
  establishConnection(app, owner, oauth2Credentials(app, changes), status);
const find = (id: string) => connections.find(owner.tenantId, owner.userId, id);
const accessToken = async (id: string) => {
  const credentials = (await connections.credentials(owner.tenantId, id))?.value.reveal();
  return credentials?.kind === 'oauth2' ? credentials.accessToken : undefined;
};

describe('a new connection', () => {
  it('has its account and its credentials, and is due in the last quarter of its hour', async () => {
    const id = await establish();
    const found = await find(id);
    expect(found).toMatchObject({ id, status: 'connected', accountId: 'account-1', accountTitle: 'Ada', version: 0 });
    expect(found).toMatchObject({
      expiresAt: app.clock.in(3600),
      lastRefreshedAt: app.clock.now(),
      scopes: ['things'],
    });
    expect(found?.dueAt?.getTime()).toBeGreaterThanOrEqual(app.clock.in(3600 - 1080).getTime());
    expect(found?.dueAt?.getTime()).toBeLessThanOrEqual(app.clock.in(3600 - 900).getTime());
    expect(await accessToken(id)).toBe('access-1');
  });

  it.each([
    ['whose token has no end', { expiresAt: null }],
    ['whose token has no end and can not be renewed', { expiresAt: null, refreshToken: null }],
  ])('%s is never due', async (_, changes) => {
    expect((await find(await establish(changes)))?.dueAt).toBeNull();
  });

  it('without a refresh token is due when its token ends, for only the user can help then', async () => {
    expect((await find(await establish({ refreshToken: null })))?.dueAt).toEqual(app.clock.in(3600));
  });

  it('that is to be kept alive is due before it has been idle so long, also once it is confirmed', async () => {
    const account = { id: 'account-1', title: 'Ada' };
    const credentials = new Secret(oauth2Credentials(app, { expiresAt: null }));
    const values = { ...owner, title: 'x', account, credentials, keepAliveSeconds: 86_400 };
    const ids = [
      await connections.establish(owner.tenantId, { ...values, status: 'connected' }, null),
      await connections.establish(owner.tenantId, { ...values, status: 'pending' }, null),
    ];
    expect((await find(ids[1] ?? ''))?.dueAt).toBeNull();
    await app.database.transaction((tx) => connections.confirm(owner.tenantId, ids[1] ?? '', tx));
    for (const id of ids) {
      const due = (await find(id))?.dueAt?.getTime();
      expect(due).toBeGreaterThanOrEqual(app.clock.in(0.8 * 86_400).getTime());
      expect(due).toBeLessThanOrEqual(app.clock.in(86_400).getTime());
    }
  });

  it('leaves no token in the database that could be read there', async () => {
    await establish({ accessToken: 'canary-access', refreshToken: 'canary-refresh' });
    const dump = await dumpRows(app.database);
    expect(dump).toContain(owner.userId);
    expect(dump).not.toContain('canary-');
  });

  it('is not made when its credentials can not be kept', async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const values = { ...owner, title: 'x', status: 'connected', account: { id: null, title: null } } as const;
    const made = connections.establish(owner.tenantId, { ...values, credentials: new Secret(circular as never) }, null);
    await expect(made).rejects.toThrow('circular');
    expect(await connections.list(owner.tenantId, owner.userId, { ...owner, limit: 9, offset: 0 })).toEqual({
      connections: [],
      count: 0,
    });
  });
});

describe('reconnecting', () => {
  it('keeps the id, renews the credentials, and voids the lease of a refresh under way', async () => {
    const id = await establish();
    await app.database.query(
      `UPDATE connections SET status = 'needs_reauth', status_reason = 'revoked', refresh_failures = 3, due_at = NULL,
              lease_until = $2, lease_owner = 'worker' WHERE id = $1`,
      [id, app.clock.in(45)],
    );
    const credentials = new Secret(oauth2Credentials(app, { accessToken: 'access-2' }));
    const account = { id: 'account-1', title: 'Ada' };
    const values = { ...owner, title: 'again', status: 'connected', account, credentials } as const;
    expect(await connections.establish(owner.tenantId, values, id)).toBe(id);
    expect(await find(id)).toMatchObject({
      status: 'connected',
      statusReason: null,
      refreshFailures: 0,
      leaseUntil: null,
      leaseOwner: null,
      version: 1,
    });
    expect((await find(id))?.dueAt).not.toBeNull();
    expect(await accessToken(id)).toBe('access-2');
  });
});

describe('confirm', () => {
  it('makes a pending connection usable and due', async () => {
    const id = await establish({}, 'pending');
    expect(await find(id)).toMatchObject({ status: 'pending', dueAt: null });
    app.clock.advance(60);
    await app.database.transaction((tx) => connections.confirm(owner.tenantId, id, tx));
    expect(await find(id)).toMatchObject({ status: 'connected', statusSince: app.clock.now(), version: 1 });
    expect((await find(id))?.dueAt).not.toBeNull();
  });

  it.each(['needs_reauth', 'degraded', 'disabled'])('leaves a connection that is %s as it is', async (status) => {
    const id = await establish();
    await app.database.query(`UPDATE connections SET status = $2 WHERE id = $1`, [id, status]);
    const before = await find(id);
    await app.database.transaction((tx) => connections.confirm(owner.tenantId, id, tx));
    expect(await find(id)).toEqual(before);
  });

  it("does nothing to another tenant's connection", async () => {
    const id = await establish({}, 'pending');
    const { id: other } = await createTenant(app);
    await app.database.transaction((tx) => connections.confirm(other, id, tx));
    expect(await find(id)).toMatchObject({ status: 'pending' });
  });
});

describe('looking connections up', () => {
  it("answers null for another tenant's, another user's, an unknown and a malformed id", async () => {
    const id = await establish();
    const other = await scene.newOwner();
    const neighbour = await createUser(app, owner.tenantId);
    expect(await connections.find(other.tenantId, owner.userId, id)).toBeNull();
    expect(await connections.find(owner.tenantId, neighbour, id)).toBeNull();
    expect(await connections.byId(other.tenantId, id)).toBeNull();
    expect(await connections.credentials(other.tenantId, id)).toBeNull();
    for (const text of [newId(), '', "' OR 1=1", id.slice(1)]) expect(await find(text)).toBeNull();
    expect(await find(id)).toMatchObject({ id });
  });

  it("lists the user's own of that app, newest first, by page and with the count of all", async () => {
    const ids: string[] = [];
    for (let made = 0; made < 3; made += 1) {
      app.clock.advance(1);
      ids.unshift(await establish());
    }
    const elsewhere = await offerApp(
      app,
      owner.tenantId,
      await registerApp(app, appDocument('other-crm', 'http://127.0.0.1:1')),
    );
    await establishConnection(app, { ...owner, appId: elsewhere }, { kind: 'none' });
    const neighbour = await createUser(app, owner.tenantId);
    await establishConnection(app, { ...owner, userId: neighbour }, { kind: 'none' });
    const page = async (limit: number, offset: number) => {
      const listed = await connections.list(owner.tenantId, owner.userId, { appId: owner.appId, limit, offset });
      return [listed.connections.map(({ id }) => id), listed.count];
    };
    expect(await page(10, 0)).toEqual([ids, 3]);
    expect(await page(2, 0)).toEqual([ids.slice(0, 2), 3]);
    expect(await page(2, 2)).toEqual([ids.slice(2), 3]);
    expect(await page(2, 9)).toEqual([[], 3]);
  });
});
