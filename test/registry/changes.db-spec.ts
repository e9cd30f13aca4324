import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit } from '#libs/audit';
import {
  Connections,
  ConnectionRefreshes,
  ConnectionSettings,
  ExpiryWarnings,
  UnconfirmedConnections,
} from '#libs/connections';
import { Secret } from '#libs/crypto';
import { Events } from '#libs/events';
import {
  claimRow,
  establishConnection,
  oauth2Credentials,
  startThirdPartyScene,
  storeRefreshed,
  type ConnectionOwner,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import { trail } from './trail.js';

let scene: ThirdPartyScene;
let app: TestApp;
let connections: Connections;
let refreshes: ConnectionRefreshes;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await startThirdPartyScene([]);
  app = scene.app;
  connections = app.get(Connections);
  refreshes = app.get(ConnectionRefreshes);
});
beforeEach(async () => {
  owner = await scene.newOwner();
});
afterAll(() => scene?.close());

const pending = () => establishConnection(app, owner, oauth2Credentials(app), 'pending');
const confirm = (id: string) => app.database.transaction((tx) => connections.confirm(owner.tenantId, id, tx));
const words = (text: string) => text.split(' ');
const find = (id: string) => connections.byId(owner.tenantId, id);
const set = (id: string, disabled: boolean) =>
  app.get(ConnectionSettings).change(owner.tenantId, owner.userId, id, { disabled }, '192.0.2.7');
const reconnect = (id: string) => {
  const account = { id: 'account-1', title: 'Ada' };
  const values = { ...owner, title: 'again', status: 'connected', account } as const;
  return connections.establish(owner.tenantId, { ...values, credentials: new Secret(oauth2Credentials(app)) }, id);
};

async function fail(id: string, status: 'degraded' | 'needs_reauth', reason: string): Promise<void> {
  await app.database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [id, app.clock.now()]);
  const dueAt = status === 'degraded' ? app.clock.in(30) : null;
  await refreshes.fail(await claimRow(app, 'connections', id), { status, reason, dueAt, presented: 'in_vain' });
}

async function refreshed(id: string): Promise<boolean> {
  const version = (await connections.credentials(owner.tenantId, id))?.version ?? 0;
  return storeRefreshed(app, { tenantId: owner.tenantId, id }, oauth2Credentials(app), version);
}

describe('each change', () => {
  it('from consent to disconnect has its audit row, and an event where subscribers are concerned', async () => {
    const id = await pending();
    await confirm(id);
    await refreshed(id);
    await fail(id, 'degraded', 'The server is away.');
    await refreshed(id);
    await fail(id, 'needs_reauth', 'The user took it back.');
    await reconnect(id);
    await reconnect(id);
    await set(id, true);
    await set(id, false);
    await connections.remove(owner.tenantId, owner.userId, id);
    expect(await trail(app, owner.tenantId, id)).toEqual({
      audit: words(
        'consented confirmed degraded recovered needs_reauth reconnected reconnected changed disabled changed enabled deleted',
      ),
      events: words('created refreshed degraded recovered needs_reauth recovered refreshed disabled enabled deleted'),
    });
    const sequences = (await app.get(Events).of(owner.tenantId, id)).map(({ sequence }) => sequence);
    expect(sequences).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('says who made it, from where, why, and what it was before', async () => {
    const id = await scene.connect(owner);
    await fail(id, 'degraded', 'The server is away.');
    await set(id, true);
    const [disabled, , degraded, created] = await app.get(Audit).list(owner.tenantId, { subject: id, limit: 10 });
    expect(created).toMatchObject({ action: 'connection.created', actor: `user:${owner.userId}`, address: null });
    expect(degraded).toMatchObject({ actor: 'schedule', details: { reason: 'The server is away.', was: 'connected' } });
    expect(disabled).toMatchObject({
      actor: `user:${owner.userId}`,
      address: '192.0.2.7',
      details: { was: 'degraded' },
    });
  });

  it('says since when and why on the row, and in the event', async () => {
    const id = await scene.connect(owner);
    app.clock.advance(60);
    await fail(id, 'needs_reauth', 'The user took it back.');
    const said = { status: 'needs_reauth', status_reason: 'The user took it back.' };
    expect(await find(id)).toMatchObject({
      status: 'needs_reauth',
      statusReason: said.status_reason,
      statusSince: app.clock.now(),
    });
    const [, event] = await app.get(Events).of(owner.tenantId, id);
    expect(event?.payload).toMatchObject({ id, app: owner.appId, user: owner.userId, ...said });
  });

  it('leaves no secret and nothing of the account in the outbox and on record', async () => {
    const id = await scene.connect(owner);
    await refreshed(id);
    const rows = [
      await app.get(Events).of(owner.tenantId, id),
      await app.get(Audit).list(owner.tenantId, { limit: 100 }),
    ];
    expect(JSON.stringify(rows)).not.toMatch(/access-1|refresh-1|account-1|Ada/);
  });
});

describe('what does not go on record as a change', () => {
  it.each([['degraded'], ['needs_reauth']] as const)('is one more failure of one that is %s', async (status) => {
    const id = await scene.connect(owner);
    await fail(id, status, 'first');
    const before = await trail(app, owner.tenantId, id);
    await fail(id, status, 'second');
    expect(await trail(app, owner.tenantId, id)).toEqual(before);
    expect(await find(id)).toMatchObject({ statusReason: 'second', refreshFailures: 2 });
  });

  it('is a token that does not come back to life by failing less badly', async () => {
    const id = await scene.connect(owner);
    await fail(id, 'needs_reauth', 'gone');
    await fail(id, 'degraded', 'away');
    expect((await find(id))?.status).toBe('needs_reauth');
  });

  it('is a confirmation that comes twice', async () => {
    const id = await pending();
    await Promise.all([confirm(id), confirm(id), confirm(id)]);
    expect(await trail(app, owner.tenantId, id)).toEqual({ audit: ['consented', 'confirmed'], events: ['created'] });
  });

  it('is a refresh: that is an event alone', async () => {
    const id = await scene.connect(owner);
    await refreshed(id);
    expect(await trail(app, owner.tenantId, id)).toEqual({ audit: ['created'], events: ['created', 'refreshed'] });
  });
});

it('a pending one that is consented to anew, where no confirmation is asked for, is told as created', async () => {
  const id = await pending();
  await reconnect(id);
  expect(await trail(app, owner.tenantId, id)).toEqual({ audit: ['consented', 'confirmed'], events: ['created'] });
});

it('a consent that nobody confirmed goes with a row on record, and nobody is told of it', async () => {
  const id = await pending();
  app.clock.advance(3600);
  await app.get(UnconfirmedConnections).deleteExpired(1000);
  expect(await trail(app, owner.tenantId, id)).toEqual({ audit: ['consented', 'abandoned'], events: [] });
});

const unrenewable = (days: number) => {
  const expiresAt = app.clock.in(days * 86_400).toISOString();
  return establishConnection(app, owner, oauth2Credentials(app, { refreshToken: null, expiresAt }));
};

describe('a token that can not be renewed', () => {
  it('is announced a week before it ends, once, whoever looks', async () => {
    const id = await unrenewable(60);
    const warnings = app.get(ExpiryWarnings);
    app.clock.advance(53 * 86_400 - 1);
    await warnings.recordDue(100);
    expect((await trail(app, owner.tenantId, id)).events).toEqual(['created']);
    app.clock.advance(1);
    await Promise.all([warnings.recordDue(100), warnings.recordDue(100)]);
    expect((await trail(app, owner.tenantId, id)).events).toEqual(['created', 'expiring_soon']);
  });

  it('of a short life is announced when half of it is over, and one that can be renewed never', async () => {
    const [short, renewable] = [await unrenewable(2), await scene.connect(owner)];
    app.clock.advance(86_400);
    await app.get(ExpiryWarnings).recordDue(100);
    expect((await trail(app, owner.tenantId, short)).events).toEqual(['created', 'expiring_soon']);
    expect((await trail(app, owner.tenantId, renewable)).events).toEqual(['created']);
  });

  it('is not announced once it was connected again with one that can', async () => {
    const id = await unrenewable(2);
    await reconnect(id);
    app.clock.advance(86_400);
    await app.get(ExpiryWarnings).recordDue(100);
    expect((await trail(app, owner.tenantId, id)).events).not.toContain('expiring_soon');
  });
});
