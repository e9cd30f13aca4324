import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit } from '#libs/audit';
import { TenantCatalog, type RegisteredApp } from '#libs/catalog';
import {
  appDocument,
  json,
  offerApp,
  registerApp,
  startThirdPartyScene,
  type ConnectionOwner,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import { Connections, Disconnection, RevocationJobs, RevocationJobWorker, RevocationWorker } from './index.js';

const OPERATOR = { name: 'operator', address: null };
const EVERYTHING = { appId: null, org: null, subject: null, before: null };

let scene: ThirdPartyScene;
let app: TestApp;
let registered: RegisteredApp;
let owner: ConnectionOwner;
let id: string;

beforeAll(async () => {
  scene = await startThirdPartyScene([]);
  app = scene.app;
  const extension = { key: 'revocable-crm', revocation_url: `${scene.server.origin}/revoke` };
  const document = appDocument('revocable-crm', scene.server.origin) as { info: object };
  registered = await registerApp(app, { ...document, info: { ...document.info, 'x-gatehouse': extension } });
});
beforeEach(async () => {
  const { tenantId, userId } = await scene.newOwner();
  owner = { tenantId, userId, appId: await offerApp(app, tenantId, registered) };
  id = await scene.connect(owner);
  scene.server.answerWith(json(200, {}));
});
afterEach(() => app.database.query(`DELETE FROM due_revocations`));
afterAll(() => scene?.close());

const told = () => scene.server.requests.map(({ body }) => new URLSearchParams(body).get('token'));

async function onRecord(of = id): Promise<unknown[]> {
  const entries = await app.get(Audit).list(owner.tenantId, { subject: of, limit: 9 });
  return entries.flatMap(({ action, details }) => (action === 'connection.revoked' ? [details.revocation] : []));
}

const alter = (kind: string) =>
  app.database.query(`UPDATE vault_secrets SET sealed = sealed || '\\x00'::bytea WHERE tenant_id = $1 AND kind = $2`, [
    owner.tenantId,
    kind,
  ]);

/** One that disconnects, and hangs at the third party until it is ended. */
async function dyingProcess(): Promise<{ end(): Promise<void> }> {
  const hung: (() => void)[] = [];
  scene.server.answerWith((request, response) => void hung.push(() => json(200, {})(request, response)));
  const dying = disconnect();
  await expect.poll(told).toHaveLength(1);
  scene.server.answerWith(json(200, {}));
  return {
    end: async () => {
      for (const answer of hung) answer();
      await dying;
    },
  };
}

/** Whatever is due then is done by another process. */
async function workAfter(seconds: number): Promise<void> {
  app.clock.advance(seconds);
  await using other = await scene.startAnother();
  const worker = other.get(RevocationWorker);
  worker.wake();
  await worker.stop();
}

const disconnect = () => app.get(Disconnection).disconnect(owner.tenantId, owner.userId, id, null);

async function killAll(): Promise<void> {
  app.clock.advance(1);
  await app.get(RevocationJobs).start(owner.tenantId, EVERYTHING, OPERATOR);
  await app.get(RevocationJobWorker).runDue();
}

/** Each way to let go of the connection. @returns how its third party took it */
const ways: [string, () => Promise<unknown>][] = [
  ['by its user', disconnect],
  ['by an operator', () => app.get(Disconnection).disconnectAny(owner.tenantId, id, OPERATOR)],
  [
    'by the kill switch',
    async () => {
      await killAll();
      await expect.poll(onRecord).toHaveLength(1);
      return (await onRecord())[0];
    },
  ],
];

describe.each(ways)('a connection that is let go %s', (_, letGo) => {
  it('is revoked at an app that the tenant switched off before', async () => {
    await app.get(TenantCatalog).configure(owner.tenantId, registered.key, { enabled: false });
    expect(await letGo()).toBe('revoked');
    expect(told()).toEqual(['refresh-1']);
  });

  it('has failed to be revoked where the tenant has no OAuth client any more', async () => {
    await app.database.query(`UPDATE tenant_apps SET oauth_client_id = NULL WHERE tenant_id = $1`, [owner.tenantId]);
    app.get(TenantCatalog).forget(owner.tenantId, registered);
    expect(await letGo()).toBe('failed');
    expect(told()).toEqual([]);
    expect(await onRecord()).toEqual(['failed']);
  });

  it('has failed to be revoked where the secret of the OAuth client was altered', async () => {
    await alter('tenant-app');
    expect(await letGo()).toBe('failed');
    expect(told()).toEqual([]);
    expect(await onRecord()).toEqual(['failed']);
  });
});

it('what was set aside to be revoked, and was altered, has failed: it is not tried for ever', async () => {
  const dying = await dyingProcess();
  await alter('connection');
  await workAfter(60);
  expect(await onRecord()).toEqual(['failed']);
  expect(await app.database.query(`SELECT 1 FROM due_revocations`)).toEqual([]);
  await dying.end();
});

it('a connection is gone at once, and revoked later, where the key of a secret is not in the keyring for now', async () => {
  const ofClient = `WHERE tenant_id = $1 AND kind = 'tenant-app'`;
  await app.database.query(
    `INSERT INTO data_keys (tenant_id, generation, key_id, wrapped, created_at)
     SELECT tenant_id, 0, 'lost', wrapped || '\\x00'::bytea, created_at FROM data_keys WHERE tenant_id = $1`,
    [owner.tenantId],
  );
  await app.database.query(`UPDATE vault_secrets SET generation = 0 ${ofClient}`, [owner.tenantId]);
  expect(await disconnect()).toBe('pending');
  expect(await app.get(Connections).byId(owner.tenantId, id)).toBeNull();
  expect(await onRecord()).toEqual([]);
  await app.database.query(`UPDATE vault_secrets SET generation = 1 ${ofClient}`, [owner.tenantId]);
  await app.database.query(`DELETE FROM data_keys WHERE tenant_id = $1 AND generation = 0`, [owner.tenantId]);
  await workAfter(60);
  expect(await onRecord()).toEqual(['revoked']);
  expect(told()).toEqual(['refresh-1']);
});
