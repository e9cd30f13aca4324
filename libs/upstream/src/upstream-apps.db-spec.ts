import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantId } from '#libs/database';
import {
  createTenant,
  createTestDatabase,
  createUpstream,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { type Upstream, UpstreamApps, UpstreamModule } from './index.js';
import { upstreamAppId } from './upstream-app-summary.js';

let database: TestDatabase;
let app: TestApp;
let tenantId: TenantId;
let upstream: Upstream;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [UpstreamModule] });
});
beforeEach(async () => {
  tenantId = (await createTenant(app)).id;
  upstream = await createUpstream(app, tenantId, 'http://127.0.0.1:1');
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

const idOf = (remoteId: string) => upstreamAppId(tenantId, upstream.id, remoteId);
const insert = (remoteId: string, remoteKey: string) =>
  app.database.query(
    `INSERT INTO upstream_apps (tenant_id, id, upstream_id, remote_id, key, remote_key, title, description, categories, action_types, seen_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'Slack', '', '{}', '{WRITE}', $7)`,
    [tenantId, idOf(remoteId), upstream.id, remoteId, `zapier.${remoteKey}`, remoteKey, app.clock.now()],
  );
const find = (keyOrId: string, tenant = tenantId) => app.get(UpstreamApps).find(tenant, keyOrId);

describe('an app of an upstream', () => {
  it('is found by its key and its id, and is one of the catalog from then on', async () => {
    await insert('remote-1', 'SlackCLIAPI');
    const security = { kind: 'upstream', upstreamId: upstream.id, remoteId: 'remote-1', remoteKey: 'SlackCLIAPI' };
    expect(await find('zapier.SlackCLIAPI')).toMatchObject({ id: idOf('remote-1'), definition: { security } });
    expect(await find(idOf('remote-1').toUpperCase())).toMatchObject({ definition: { key: 'zapier.SlackCLIAPI' } });
    expect(await app.database.query(`SELECT 1 FROM apps WHERE tenant_id = $1`, [tenantId])).toHaveLength(1);
  });

  it('is written down once by many who look for it at the same time', async () => {
    await insert('remote-1', 'SlackCLIAPI');
    const found = await Promise.all(Array.from({ length: 8 }, () => find('zapier.SlackCLIAPI')));
    expect(found.map((one) => one?.id)).toEqual(Array(8).fill(idOf('remote-1')));
  });

  it('is not found by another tenant, by a name that it has not, or through an upstream that is switched off', async () => {
    await insert('remote-1', 'SlackCLIAPI');
    expect(await find('zapier.SlackCLIAPI', (await createTenant(app)).id)).toBeNull();
    expect(await find('SlackCLIAPI')).toBeNull();
    await createUpstream(app, tenantId, 'http://127.0.0.1:1', { enabled: false });
    expect(await find('zapier.SlackCLIAPI')).toBeNull();
  });
});
