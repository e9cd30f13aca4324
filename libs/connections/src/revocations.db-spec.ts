import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit } from '#libs/audit';
import { TenantCatalog, type RegisteredApp } from '#libs/catalog';
import { signals } from '#libs/telemetry';
import {
  appDocument,
  json,
  oauth2Credentials,
  offerApp,
  registerApp,
  startThirdPartyScene,
  type Answer,
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

  it('has failed to be revoked where its own token was altered', async () => {
    await alter('connection');
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
  // One without the key would not start.
  await using other = await scene.startAnother();
  await app.database.query(
    `INSERT INTO data_keys (tenant_id, generation, key_id, wrapped, created_at)
     SELECT tenant_id, 0, 'lost', wrapped || '\\x00'::bytea, created_at FROM data_keys WHERE tenant_id = $1`,
    [owner.tenantId],
  );
  await app.database.query(`UPDATE vault_secrets SET generation = 0 ${ofClient}`, [owner.tenantId]);
  expect(await disconnect()).toBe('pending');
  expect(await app.get(Connections).byId(owner.tenantId, id)).toBeNull();
  expect(await onRecord()).toEqual([]);
  let failed = 0;
  const end = signals.loopWorkFailed.subscribe(({ loop }) => (failed += Number(loop === 'revocations')));
  for (const times of [1, 2]) {
    app.clock.advance(60);
    other.get(RevocationWorker).wake();
    await expect.poll(() => failed).toBe(times);
  }
  end();
  expect(await onRecord()).toEqual([]);
  await app.database.query(`UPDATE vault_secrets SET generation = 1 ${ofClient}`, [owner.tenantId]);
  await app.database.query(`DELETE FROM data_keys WHERE tenant_id = $1 AND generation = 0`, [owner.tenantId]);
  await workAfter(60);
  expect(await onRecord()).toEqual(['revoked']);
  expect(told()).toEqual(['refresh-1']);
});

describe('a third party that', () => {
  const busy: [string, Answer][] = [
    ['has had too many calls', json(429, {})],
    ['is broken', json(500, {})],
    ['is away for now', json(503, {})],
    ['breaks off', (_, response) => response.destroy()],
  ];

  it.each(busy)('%s is told later', async (_, answer) => {
    scene.server.answerWith(answer);
    expect(await disconnect()).toBe('pending');
    expect(await onRecord()).toEqual([]);
    scene.server.answerWith(json(200, {}));
    await workAfter(50);
    expect(told()).toEqual([]);
    await workAfter(20);
    expect(told()).toEqual(['refresh-1']);
    expect(await onRecord()).toEqual(['revoked']);
    expect(await app.database.query(`SELECT 1 FROM vault_secrets WHERE row_id = $1`, [id])).toEqual([]);
  });

  it('refuses is told once', async () => {
    scene.server.answerWith(json(400, { error: 'unsupported_token_type' }));
    expect(await disconnect()).toBe('failed');
    expect(await onRecord()).toEqual(['failed']);
    await workAfter(86_400);
    expect(told()).toHaveLength(1);
  });

  it('stays away is told five times, over five hours, and then it has failed', async () => {
    scene.server.answerWith(json(503, {}));
    expect(await disconnect()).toBe('pending');
    for (const [tries, seconds] of [
      [2, 66],
      [3, 660],
      [4, 3960],
      [5, 15_840],
    ] as const) {
      expect(await onRecord()).toEqual([]);
      await workAfter(seconds);
      expect(told()).toHaveLength(tries);
    }
    expect(await onRecord()).toEqual(['failed']);
    expect(await app.database.query(`SELECT 1 FROM due_revocations`)).toEqual([]);
    expect(await app.database.query(`SELECT 1 FROM vault_secrets WHERE row_id = $1`, [id])).toEqual([]);
  });

  it('has the same account again by then is not told: it might take that connection along', async () => {
    scene.server.answerWith(json(503, {}));
    expect(await disconnect()).toBe('pending');
    app.clock.advance(30);
    await scene.connect(owner);
    await workAfter(40);
    expect(told()).toHaveLength(1);
    expect(await onRecord()).toEqual(['failed']);
  });

  it('says when is not told before, within four hours', async () => {
    for (const [said, heeded] of [
      [900, 900],
      [864_000, 14_400],
    ] as const) {
      id = await scene.connect(owner);
      scene.server.answerWith(json(503, {}, { 'retry-after': String(said) }));
      expect(await disconnect()).toBe('pending');
      scene.server.answerWith(json(200, {}));
      await workAfter(heeded - 1);
      expect(told()).toEqual([]);
      await workAfter(1);
      expect(told()).toEqual(['refresh-1']);
    }
  });
});

describe('of many that are let go at once', () => {
  const MANY = 60;

  it('no more than were under way are tried in vain where the third party wants a pause', async () => {
    for (let count = 1; count < MANY; count += 1) await scene.connect(owner);
    scene.server.answerWith(json(429, {}, { 'retry-after': '30' }));
    await killAll();
    const tried = () => app.database.query(`SELECT 1 FROM due_revocations WHERE attempts > 0`);
    await expect.poll(tried).toHaveLength(16);
    await workAfter(0);
    expect(await app.database.query(`SELECT 1 FROM due_revocations WHERE attempts = 0`)).toHaveLength(MANY - 32);
  });

  it("those whose third party hangs keep nobody else's waiting", async () => {
    for (let count = 1; count < MANY; count += 1) await scene.connect(owner);
    const hung: (() => void)[] = [];
    scene.server.answerWith((request, response) => {
      if (request.body.includes('refresh-1')) hung.push(() => json(200, {})(request, response));
      else json(200, {})(request, response);
    });
    await killAll();
    await expect.poll(() => hung.length).toBe(16);
    const { tenantId, userId } = await scene.newOwner();
    owner = { tenantId, userId, appId: await offerApp(app, tenantId, registered) };
    id = await scene.connect(owner, oauth2Credentials(app, { refreshToken: 'refresh-2' }));
    await killAll();
    await expect.poll(onRecord).toEqual(['revoked']);
    expect(hung).toHaveLength(16);
    await app.database.query(`DELETE FROM due_revocations WHERE attempts = 0 AND due_at <= $1`, [app.clock.now()]);
    for (const answer of hung) answer();
  });
});
