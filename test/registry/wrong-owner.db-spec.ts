import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConnectionDirectory, ConnectionRefreshes, Connections } from '#libs/connections';
import { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { Events } from '#libs/events';
import {
  appDocument,
  claimRow,
  createUser,
  oauth2Credentials,
  offerApp,
  registerApp,
  startThirdPartyScene,
  type ConnectionOwner,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import { Vault } from '#libs/vault';

let scene: ThirdPartyScene;
let app: TestApp;
let connections: Connections;
let refreshes: ConnectionRefreshes;
let owner: ConnectionOwner;
let other: TenantId;
let id: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([]);
  app = scene.app;
  connections = app.get(Connections);
  refreshes = app.get(ConnectionRefreshes);
});
beforeEach(async () => {
  [owner, { tenantId: other }] = [await scene.newOwner(), await scene.newOwner()];
  id = await scene.connect(owner);
  await app.database.query(`UPDATE connections SET sharing = 'tenant' WHERE id = $1`, [id]);
});
afterAll(() => scene?.close());

const secret = () => new Secret(oauth2Credentials(app, { accessToken: 'theirs' }));
const establish = (tenantId: TenantId, userId: string, appId: string) => {
  const account = { id: 'account-1', title: 'Ada' };
  const values = { userId, appId, title: 'theirs', status: 'connected', account } as const;
  return connections.establish(tenantId, { ...values, credentials: secret() }, id);
};
/** Everything that is held of the connection. */
const held = () =>
  Promise.all(
    ['connections WHERE id = $1', 'vault_secrets WHERE row_id = $1', 'events WHERE subject = $1'].map((rows) =>
      app.database.query(`SELECT * FROM ${rows}`, [id]),
    ),
  );

async function answerFor(tenantId: TenantId) {
  using seal = await app.get(Vault).sealFor(tenantId);
  return refreshes.seal(seal, { tenantId, id, appId: owner.appId }, 1, secret(), null);
}

describe('another tenant', () => {
  it('finds and reads nothing', async () => {
    expect(await connections.find(other, owner.userId, id)).toBeNull();
    expect(await connections.findVisible(other, owner.userId, id)).toBeNull();
    expect(await connections.byId(other, id)).toBeNull();
    expect(await connections.credentials(other, id)).toBeNull();
    expect(await app.get(Events).of(other, id)).toEqual([]);
    expect(await app.get(ConnectionDirectory).list(other, { limit: 10 })).toEqual([]);
    const filter = { appId: owner.appId, limit: 10, offset: 0, includeShared: true };
    expect(await connections.list(other, owner.userId, filter)).toEqual({ connections: [], count: 0 });
  });

  it('changes nothing', async () => {
    await app.database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [id, app.clock.now()]);
    const claim = { ...(await claimRow(app, 'connections', id)), tenantId: other };
    const before = await held();
    const answer = await answerFor(other);
    const failure = { status: 'needs_reauth', reason: 'x', dueAt: null, presented: 'in_vain' } as const;
    expect(await refreshes.begin(claim, 1)).toBeNull();
    await refreshes.defer(claim, null);
    await refreshes.withdraw(claim, app.clock.now());
    await refreshes.fail(claim, failure);
    expect(await refreshes.store(answer)).toBe(false);
    expect(await refreshes.keepOrphan(answer, secret())).toBe(false);
    expect(await refreshes.takeOrphan(claim, 1)).toBe(false);
    expect(await connections.remove(other, owner.userId, id)).toBeNull();
    await app.database.transaction((tx) => connections.confirm(other, id, tx));
    await expect(establish(other, owner.userId, owner.appId)).rejects.toMatchObject({ code: 'conflict' });
    expect(await held()).toEqual(before);
  });
});

describe('another user of the tenant', () => {
  it('can not connect it again as theirs, though it is shared with them', async () => {
    const neighbour = await createUser(app, owner.tenantId);
    const before = await held();
    await expect(establish(owner.tenantId, neighbour, owner.appId)).rejects.toThrow("another user's or another app's");
    expect(await held()).toEqual(before);
  });
});

it('its owner can not connect it again as an account of another app', async () => {
  const elsewhere = await registerApp(app, appDocument('crm-3', 'http://127.0.0.1:1'));
  const before = await held();
  const again = establish(owner.tenantId, owner.userId, await offerApp(app, owner.tenantId, elsewhere));
  await expect(again).rejects.toThrow("another user's or another app's");
  expect(await held()).toEqual(before);
});
