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
import { Disconnection, RevocationJobs, RevocationJobWorker } from './index.js';

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
});
