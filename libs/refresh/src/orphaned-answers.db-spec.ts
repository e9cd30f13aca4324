import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit, type AuditAction } from '#libs/audit';
import { TenantCatalog } from '#libs/catalog';
import { ConnectionRefreshes, Connections, Disconnection, RevocationWorker, type Connection } from '#libs/connections';
import { Secret } from '#libs/crypto';
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
let refreshes: ConnectionRefreshes;
let owner: ConnectionOwner;
let id: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([RefreshModule]);
  connections = scene.app.get(Connections);
  refreshes = scene.app.get(ConnectionRefreshes);
});
beforeEach(async () => {
  await describeApp({ revocation_url: `${scene.server.origin}/revoke` });
  owner = await scene.newOwner();
  id = await scene.connect(owner);
});
afterAll(() => scene?.close());

const describeApp = (extended: object) =>
  registerApp(scene.app, { ...appDocument('acme-crm', scene.server.origin), 'x-gatehouse': extended });
const fresh = { access_token: 'access-2', token_type: 'Bearer', expires_in: 7200, refresh_token: 'refresh-2' };
const query = (sql: string) => scene.app.database.query(sql, [id]);
const held = async () => (await connections.credentials(owner.tenantId, id))?.value.reveal();
const kept = async () => [
  (await query(`SELECT 1 FROM orphaned_answers WHERE connection_id = $1`)).length,
  (await query(`SELECT 1 FROM vault_secrets WHERE kind = 'orphaned-token' AND row_id = $1`)).length,
];
const entries = (action: AuditAction) => scene.app.get(Audit).list(owner.tenantId, { action, subject: id, limit: 10 });
const requests = (url: string) =>
  scene.server.requests.filter((request) => request.url === url).map(({ body }) => new URLSearchParams(body));

/** One refresh of it, from the claim to the end. */
async function refresh(answer: Answer): Promise<Connection | null> {
  scene.server.answerWith(answer);
  await scene.app.database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [id, scene.app.clock.now()]);
  await scene.app.get(ConnectionRefresh).run(await claimRow(scene.app, 'connections', id));
  return connections.byId(owner.tenantId, id);
}

/** While the token endpoint is asked, this happens; then it answers with a token. Whatever else is asked is answered with `otherwise`. */
function meanwhile(happens: () => Promise<unknown>, otherwise = json(200, {})): Answer {
  return async (request, response) => {
    if (request.url !== '/token') return otherwise(request, response);
    await happens();
    return json(200, fresh)(request, response);
  };
}

/** Another worker presents the same token, which the third party takes twice, and stores its answer first. */
const storedElsewhere = () =>
  storeRefreshed(
    scene.app,
    { tenantId: owner.tenantId, id },
    oauth2Credentials(scene.app, { accessToken: 'access-9', refreshToken: 'refresh-9' }),
    1,
  );
const refused = json(400, { error: 'invalid_grant' });

describe('a second answer to the same token', () => {
  it('is kept beside the first, sealed and on record', async () => {
    await refresh(meanwhile(storedElsewhere));
    expect(await held()).toMatchObject({ accessToken: 'access-9' });
    expect(await kept()).toEqual([1, 1]);
    expect(await entries('connection.answer_orphaned')).toHaveLength(1);
    expect(requests('/revoke')).toEqual([]);
  });

  it('takes the place of the first when that one is refused, and is what is presented next', async () => {
    await refresh(meanwhile(storedElsewhere));
    const connection = await refresh(refused);
    expect(connection).toMatchObject({ status: 'connected', dueAt: scene.app.clock.now(), attempts: 0 });
    expect(await held()).toMatchObject({ refreshToken: 'refresh-2' });
    expect(await kept()).toEqual([0, 0]);
    await refresh(json(200, { ...fresh, refresh_token: 'refresh-3' }));
    expect(requests('/token').map((form) => form.get('refresh_token'))).toEqual(['refresh-2']);
  });

  it('is nothing to go back to twice: when it is refused too, the user is called', async () => {
    await refresh(meanwhile(storedElsewhere));
    await refresh(refused);
    expect(await refresh(refused)).toMatchObject({ status: 'needs_reauth' });
  });

  it('that is the same one is not kept', async () => {
    const same = oauth2Credentials(scene.app, { accessToken: 'access-2', refreshToken: 'refresh-2' });
    await refresh(meanwhile(() => storeRefreshed(scene.app, { tenantId: owner.tenantId, id }, same, 1)));
    expect(await kept()).toEqual([0, 0]);
    expect(await entries('connection.answer_orphaned')).toEqual([]);
  });

  it('is deleted after a day, with its secret, and not a second before', async () => {
    await refresh(meanwhile(storedElsewhere));
    scene.app.clock.advance(86_399);
    await refreshes.deleteExpired();
    expect(await kept()).toEqual([1, 1]);
    scene.app.clock.advance(1);
    await refreshes.deleteExpired();
    expect(await kept()).toEqual([0, 0]);
  });

  it('goes with its connection', async () => {
    await refresh(meanwhile(storedElsewhere));
    await connections.remove(owner.tenantId, owner.userId, id);
    expect(await kept()).toEqual([0, 0]);
  });
});

const remove = () => connections.remove(owner.tenantId, owner.userId, id);

const switchOffAndRemove = async () => {
  await scene.app.get(TenantCatalog).configure(owner.tenantId, 'acme-crm', { enabled: false });
  await remove();
};

const reconnect = () => {
  const account = { id: 'account-1', title: 'Ada' };
  const credentials = new Secret(oauth2Credentials(scene.app, { accessToken: 'access-7' }));
  const values = { ...owner, title: 'again', status: 'connected', account, credentials } as const;
  return connections.establish(owner.tenantId, values, id);
};

describe('an answer to a connection that was renewed by its user meanwhile', () => {
  it('is kept, and the new credentials stand', async () => {
    expect(await refresh(meanwhile(reconnect))).toMatchObject({ status: 'connected', leaseUntil: null });
    expect(await held()).toMatchObject({ accessToken: 'access-7' });
    expect(await kept()).toEqual([1, 1]);
  });
});

const disconnect = () => scene.app.get(Disconnection).disconnect(owner.tenantId, owner.userId, id, null);

/** @returns what a worker told the third party so much later, which took it */
async function revokedAfter(seconds: number): Promise<(string | null)[]> {
  scene.server.answerWith(json(200, {}));
  scene.app.clock.advance(seconds);
  await using other = await scene.startAnother();
  const worker = other.get(RevocationWorker);
  worker.wake();
  await worker.stop();
  return requests('/revoke').map((form) => form.get('token'));
}

const removeWithKeys = async () => {
  await remove();
  await scene.app.database.query(`UPDATE data_keys SET wrapped = NULL WHERE tenant_id = $1`, [owner.tenantId]);
};

describe('an answer to a connection that was removed meanwhile', () => {
  it('is revoked at the third party (RFC 7009), which is on record, and nothing of it is stored', async () => {
    expect(await refresh(meanwhile(remove))).toBeNull();
    expect(requests('/revoke').map((form) => Object.fromEntries(form))).toMatchObject([
      { token: 'refresh-2', token_type_hint: 'refresh_token' },
    ]);
    expect(await entries('connection.answer_revoked')).toMatchObject([{ details: { outcome: 'revoked' } }]);
    expect(await query(`SELECT 1 FROM vault_secrets WHERE row_id = $1`)).toEqual([]);
  });

  it('is revoked there too when the tenant has switched the app off meanwhile', async () => {
    expect(await refresh(meanwhile(switchOffAndRemove))).toBeNull();
    expect(requests('/revoke').map((form) => form.get('token'))).toEqual(['refresh-2']);
    expect(await entries('connection.answer_revoked')).toMatchObject([{ details: { outcome: 'revoked' } }]);
  });

  it('is on record too when the third party does not take it back, or has no place for that', async () => {
    await refresh(meanwhile(remove, json(400, {})));
    expect(await entries('connection.answer_revoked')).toMatchObject([{ details: { outcome: 'failed' } }]);
    await describeApp({});
    owner = await scene.newOwner();
    id = await scene.connect(owner);
    await refresh(meanwhile(remove));
    expect(await entries('connection.answer_revoked')).toMatchObject([{ details: { outcome: 'unsupported' } }]);
  });

  it('is revoked later by a worker where the third party is busy', async () => {
    await refresh(meanwhile(remove, json(503, {})));
    expect(await entries('connection.answer_revoked')).toMatchObject([{ details: { outcome: 'pending' } }]);
    expect(await revokedAfter(53)).toEqual([]);
    expect(await revokedAfter(14)).toEqual(['refresh-2']);
    expect(await entries('connection.revoked')).toMatchObject([{ details: { revocation: 'revoked' } }]);
    expect(await query(`SELECT 1 FROM vault_secrets WHERE row_id = $1`)).toEqual([]);
  });

  it('takes the place of the older token that the third party was too busy to revoke', async () => {
    await refresh(meanwhile(disconnect, json(503, {})));
    expect(requests('/revoke').map((form) => form.get('token'))).toEqual(['refresh-1', 'refresh-2']);
    expect(await revokedAfter(67)).toEqual(['refresh-2']);
    expect(await revokedAfter(86_400)).toEqual([]);
    expect(await entries('connection.revoked')).toMatchObject([{ details: { revocation: 'revoked' } }]);
  });

  it('is not ended by whoever is still telling of the older token', async () => {
    const older: (() => void)[] = [];
    let disconnected: Promise<unknown> | undefined;
    const otherwise: Answer = (request, response) => {
      if (request.body.includes('refresh-1')) older.push(() => json(200, {})(request, response));
      else json(503, {})(request, response);
    };
    const beginDisconnect = async () => {
      disconnected = disconnect();
      await expect.poll(() => older.length).toBe(1);
    };
    await refresh(meanwhile(beginDisconnect, otherwise));
    for (const answer of older) answer();
    await disconnected;
    expect(await revokedAfter(67)).toEqual(['refresh-2']);
  });

  it('in 50 races leaves no token: either it is stored and removed, or revoked', async () => {
    for (let race = 0; race < 50; race += 1) {
      id = await scene.connect(owner, oauth2Credentials(scene.app, { refreshToken: `race-${race}` }));
      let removed: Promise<unknown> | undefined;
      await refresh(
        meanwhile(() => {
          removed = remove();
          return Promise.resolve();
        }),
      );
      await removed;
      expect(await query(`SELECT 1 FROM vault_secrets WHERE row_id = $1`)).toEqual([]);
      expect(await query(`SELECT 1 FROM connections WHERE id = $1 AND status <> 'deleted'`)).toEqual([]);
    }
  });

  it('of a tenant whose data key was destroyed is nothing to anybody: nobody can open it', async () => {
    expect(await refresh(meanwhile(removeWithKeys))).toBeNull();
    expect(requests('/revoke')).toEqual([]);
    expect(await entries('connection.answer_revoked')).toEqual([]);
  });
});
