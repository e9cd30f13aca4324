import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit } from '#libs/audit';
import {
  ConnectionRefreshes,
  Connections,
  DeletedConnections,
  Disconnection,
  RevocationWorker,
  UnconfirmedConnections,
} from '#libs/connections';
import { Secret } from '#libs/crypto';
import { newId } from '#libs/database';
import { RefreshModule, RefreshWorker } from '#libs/refresh';
import {
  appDocument,
  createUser,
  dumpRows,
  establishConnection,
  json,
  oauth2Credentials,
  offerApp,
  registerApp,
  startThirdPartyScene,
  type ConnectionOwner,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import { Vault } from '#libs/vault';
import { trail } from './trail.js';

const DAY = 86_400;
let scene: ThirdPartyScene;
let app: TestApp;
let connections: Connections;
let revocable: (tenantId: ConnectionOwner['tenantId']) => Promise<string>;
let owner: ConnectionOwner;
let id: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([RefreshModule]);
  app = scene.app;
  connections = app.get(Connections);
  const document = appDocument('revocable-crm', scene.server.origin) as { info: { 'x-gatehouse': object } };
  Object.assign(document.info['x-gatehouse'], { revocation_url: `${scene.server.origin}/revoke` });
  const registered = await registerApp(app, document);
  revocable = (tenantId) => offerApp(app, tenantId, registered);
});
beforeEach(async () => {
  owner = await scene.newOwner();
  owner = { ...owner, appId: await revocable(owner.tenantId) };
  id = await scene.connect(owner);
  scene.server.answerWith(json(200, {}));
});
afterAll(() => scene?.close());

const disconnect = (of = id, by = owner) => app.get(Disconnection).disconnect(by.tenantId, by.userId, of, '192.0.2.7');
const rowsOf = () => app.database.query<{ status: string }>(`SELECT status FROM connections WHERE id = $1`, [id]);
const secretsOf = () => app.database.query(`SELECT 1 FROM vault_secrets WHERE row_id = $1`, [id]);
const revocations = () =>
  scene.server.requests
    .filter(({ url }) => url === '/revoke')
    .map(({ body }) => Object.fromEntries(new URLSearchParams(body)).token);

describe('disconnecting', () => {
  it('takes the secrets away at once, and the row from everybody but the operator', async () => {
    expect(await disconnect()).toBe('revoked');
    expect(await secretsOf()).toEqual([]);
    expect(await rowsOf()).toEqual([{ status: 'deleted' }]);
    const { tenantId, userId, appId } = owner;
    expect(await connections.find(tenantId, userId, id)).toBeNull();
    expect(await connections.findVisible(tenantId, userId, id)).toBeNull();
    expect(await connections.byId(tenantId, id)).toBeNull();
    expect(await connections.list(tenantId, userId, { appId, limit: 9, offset: 0, includeShared: true })).toEqual({
      connections: [],
      count: 0,
    });
    expect(await dumpRows(app.database)).not.toMatch(/access-1|refresh-1/);
  });

  it.each([
    ['revoked', 200],
    ['failed', 400],
  ])('says on record that telling the third party %s', async (revocation, status) => {
    scene.server.answerWith(json(status, {}));
    expect(await disconnect()).toBe(revocation);
    expect(revocations()).toEqual(['refresh-1']);
    const [revoked, deleted] = await app.get(Audit).list(owner.tenantId, { subject: id, limit: 2 });
    expect(deleted).toMatchObject({
      action: 'connection.deleted',
      address: '192.0.2.7',
      details: { was: 'connected' },
    });
    expect(revoked).toMatchObject({ action: 'connection.revoked', details: { revocation } });
  });

  it('is unsupported where the app names no endpoint', async () => {
    owner = await scene.newOwner();
    id = await scene.connect(owner);
    expect(await disconnect()).toBe('unsupported');
    expect(scene.server.requests).toEqual([]);
  });

  it("does nothing to another tenant's, another user's, an unknown and a malformed one", async () => {
    const other = await scene.newOwner();
    const neighbour = { ...owner, userId: await createUser(app, owner.tenantId) };
    await app.database.query(`UPDATE connections SET sharing = 'tenant' WHERE id = $1`, [id]);
    for (const by of [other, neighbour, { ...owner, tenantId: other.tenantId }, { ...owner, userId: other.userId }]) {
      expect(await disconnect(id, by)).toBeNull();
      expect(await connections.remove(by.tenantId, by.userId, id)).toBeNull();
    }
    for (const of of [newId(), '', "' OR 1=1"]) expect(await disconnect(of)).toBeNull();
    expect(await connections.find(owner.tenantId, owner.userId, id)).toMatchObject({ status: 'connected' });
    expect(scene.server.requests).toEqual([]);
  });

  it('by several at once happens once', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => disconnect()));
    expect(answers.filter((answer) => answer !== null)).toEqual(['revoked']);
    expect((await trail(app, owner.tenantId, id)).events).toEqual(['created', 'deleted']);
  });

  it('is not undone by a consent that was under way', async () => {
    await disconnect();
    const account = { id: 'account-1', title: 'Ada' };
    const values = { ...owner, title: 'x', status: 'connected', account } as const;
    const credentials = new Secret(oauth2Credentials(app));
    const again = connections.establish(owner.tenantId, { ...values, credentials }, id);
    await expect(again).rejects.toMatchObject({ code: 'conflict' });
    expect(await secretsOf()).toEqual([]);
  });

  it('of one that nobody confirmed is told to nobody', async () => {
    id = await establishConnection(app, owner, oauth2Credentials(app), 'pending');
    expect(await disconnect()).toBe('revoked');
    expect((await trail(app, owner.tenantId, id)).events).toEqual([]);
  });
});

const onRecord = async () =>
  (await app.get(Audit).list(owner.tenantId, { subject: id, limit: 9 }))
    .filter(({ action }) => action === 'connection.revoked')
    .map(({ details, actor, address }) => ({ ...details, actor, address }));

describe('a process that dies before the third party has answered', () => {
  it('leaves it to another one, which ends it and puts on record how it went, once', async () => {
    const hung: (() => void)[] = [];
    scene.server.answerWith((request, response) => void hung.push(() => json(200, {})(request, response)));
    const dying = disconnect();
    while (revocations().length < 1) await turn();
    await using other = await scene.startAnother();
    const worker = other.get(RevocationWorker);
    app.clock.advance(59);
    worker.wake();
    await worker.stop();
    expect(revocations()).toEqual(['refresh-1']);
    await using third = await scene.startAnother();
    scene.server.answerWith(json(200, {}));
    app.clock.advance(1);
    third.get(RevocationWorker).wake();
    while ((await onRecord()).length === 0) await turn();
    expect(revocations()).toEqual(['refresh-1']);
    const actor = { actor: `user:${owner.userId}`, address: '192.0.2.7' };
    expect(await onRecord()).toEqual([{ revocation: 'revoked', ...actor }]);
    for (const answer of hung) answer();
    await dying;
    expect(await onRecord()).toHaveLength(1);
    expect(await secretsOf()).toEqual([]);
    expect(await app.database.query(`SELECT 1 FROM due_revocations`)).toEqual([]);
  });
});

const abandon = async (accountId: string) => {
  id = await establishConnection(app, owner, oauth2Credentials(app), 'pending');
  await app.database.query(`UPDATE connections SET account_id = $2 WHERE id = $1`, [id, accountId]);
  app.clock.advance(1801);
  await app.get(UnconfirmedConnections).deleteExpired(1000);
  await using other = await scene.startAnother();
  const worker = other.get(RevocationWorker);
  worker.wake();
  await worker.stop();
};

describe('a consent that nobody confirmed', () => {
  it('is revoked at the third party, and on record', async () => {
    await abandon('nobody else');
    expect(revocations()).toEqual(['refresh-1']);
    expect(await onRecord()).toEqual([{ revocation: 'revoked', actor: 'schedule', address: null }]);
    expect(await secretsOf()).toEqual([]);
  });

  it('takes no connection along that somebody has to the same account', async () => {
    await app.database.query(`UPDATE connections SET account_id = 'shared' WHERE id = $1`, [id]);
    await abandon('shared');
    expect(revocations()).toEqual([]);
    expect(await secretsOf()).toEqual([]);
  });
});

describe('disconnecting while it is refreshed', () => {
  it('revokes what the refresh brings, and keeps none of it', async () => {
    const fresh = { access_token: 'access-2', refresh_token: 'refresh-2', token_type: 'Bearer', expires_in: 60 };
    await app.database.query(`UPDATE connections SET due_at = NULL`);
    await app.database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [id, app.clock.now()]);
    scene.server.answerWith((request, response) => {
      if (request.url !== '/token') return json(200, {})(request, response);
      return disconnect().then(() => json(200, fresh)(request, response));
    });
    app.get(RefreshWorker).wake();
    while (revocations().length < 2) await turn();
    expect(revocations()).toEqual(['refresh-1', 'refresh-2']);
    expect(await secretsOf()).toEqual([]);
    expect(await rowsOf()).toEqual([{ status: 'deleted' }]);
    expect((await trail(app, owner.tenantId, id)).events).toEqual(['created', 'deleted']);
  });

  it('neither stores nor keeps aside what comes after it', async () => {
    const connection = await connections.byId(owner.tenantId, id);
    if (!connection) throw new Error('It is gone.');
    const refreshes = app.get(ConnectionRefreshes);
    using seal = await app.get(Vault).sealFor(owner.tenantId);
    const answer = refreshes.seal(seal, connection, 1, new Secret(oauth2Credentials(app)), null);
    await disconnect();
    expect(await refreshes.store(answer)).toBe(false);
    expect(await refreshes.keepOrphan(answer, new Secret(oauth2Credentials(app)))).toBe(false);
    expect(await secretsOf()).toEqual([]);
  });

  it('takes what was kept aside with it', async () => {
    const connection = await connections.byId(owner.tenantId, id);
    if (!connection) throw new Error('It is gone.');
    const refreshes = app.get(ConnectionRefreshes);
    using seal = await app.get(Vault).sealFor(owner.tenantId);
    const answer = refreshes.seal(seal, connection, 1, new Secret(oauth2Credentials(app)), null);
    expect(await refreshes.keepOrphan(answer, new Secret(oauth2Credentials(app)))).toBe(true);
    await disconnect();
    expect(await secretsOf()).toEqual([]);
    expect(await app.database.query(`SELECT 1 FROM orphaned_answers WHERE connection_id = $1`, [id])).toEqual([]);
  });

  it('lets exactly one of an answer and a disconnect be last, whoever comes first, and no secret is left', async () => {
    for (let round = 0; round < 20; round += 1) {
      id = await scene.connect(owner);
      const refreshes = app.get(ConnectionRefreshes);
      const connection = await connections.byId(owner.tenantId, id);
      if (!connection) throw new Error('It is gone.');
      using seal = await app.get(Vault).sealFor(owner.tenantId);
      const answer = refreshes.seal(seal, connection, 1, new Secret(oauth2Credentials(app)), null);
      const store = async () =>
        (await refreshes.store(answer)) || (await refreshes.keepOrphan(answer, new Secret(oauth2Credentials(app))));
      await Promise.all(round % 2 === 0 ? [store(), disconnect()] : [disconnect(), store()]);
      expect(await secretsOf()).toEqual([]);
      expect(await rowsOf()).toEqual([{ status: 'deleted' }]);
    }
  });
});

describe('the row of a disconnected connection', () => {
  it('goes after 30 days, no more at once than was asked for, and takes no other with it', async () => {
    const deleted = app.get(DeletedConnections);
    app.clock.advance(31 * DAY);
    // The earlier tests' rows.
    while ((await deleted.deleteExpired(2)) === 2);
    const others = [await scene.connect(owner), await scene.connect(owner), await scene.connect(owner)];
    const [kept, ...gone] = others;
    for (const of of gone) await disconnect(of);
    await disconnect();
    app.clock.advance(30 * DAY);
    expect(await deleted.deleteExpired(1000)).toBe(0);
    app.clock.advance(1);
    expect(await deleted.deleteExpired(2)).toBe(2);
    expect(await deleted.deleteExpired(2)).toBe(1);
    expect(await rowsOf()).toEqual([]);
    expect(await connections.byId(owner.tenantId, kept ?? '')).not.toBeNull();
  });
});
