import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenantCatalog } from '#libs/catalog';
import { Connections } from '#libs/connections';
import type { TenantId } from '#libs/database';
import {
  createTenant,
  createTestDatabase,
  createUpstream,
  createUser,
  establishConnection,
  type HttpServer,
  json,
  oauth2Credentials,
  startHttpServer,
  startTestApp,
  storeRefreshed,
  type TestApp,
  type TestDatabase,
  upstreamClient,
} from '#libs/testing';
import {
  AccountApp,
  type Upstream,
  UpstreamApps,
  UpstreamCalls,
  UpstreamModule,
  UpstreamRemoval,
  Upstreams,
} from './index.js';
import { upstreamAppId } from './upstream-app-summary.js';

let database: TestDatabase;
let app: TestApp;
let server: HttpServer;
let tenantId: TenantId;
let userId: string;
let upstream: Upstream;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startHttpServer();
  app = await startTestApp({ databaseUrl: database.url, imports: [UpstreamModule] });
});
beforeEach(async () => {
  tenantId = (await createTenant(app)).id;
  userId = await createUser(app, tenantId);
  upstream = await put();
  server.answerWith(json(200, []));
});
afterAll(async () => {
  await app?.close();
  await server?.close();
  await database?.drop();
});

async function put(changes: Parameters<typeof createUpstream>[3] = {}): Promise<Upstream> {
  const changed = await createUpstream(app, tenantId, server.origin, { mode: 'user', ...changes });
  await app.get(AccountApp).keep(changed);
  return changed;
}
const account = () => app.get(TenantCatalog).find(tenantId, 'zapier:account');
async function link(accessToken: string, owner = userId): Promise<string> {
  const appId = (await account())?.id ?? '';
  return establishConnection(app, { tenantId, userId: owner, appId }, oauth2Credentials(app, { accessToken }));
}
const call = () =>
  app.get(UpstreamCalls).call(upstream, userId, { method: 'GET', path: '/v2/apps', urgency: 'person' });
const bearers = () => server.requests.map(({ headers }) => headers.authorization);
const notLinked = { kind: 'unlinked', mayHaveArrived: false };

describe('the account app of an upstream', () => {
  it('is an OAuth app of the tenant, with its client, and follows the settings', async () => {
    expect(await account()).toMatchObject({
      oauthClientId: 'partner-client',
      definition: {
        security: { kind: 'oauth2', tokenUrl: `${server.origin}/oauth/token`, refresh: { rotation: 'strict' } },
      },
    });
    upstream = await put({ tokenUrl: `${server.origin}/token`, clientId: 'another' });
    const changed = await account();
    expect(changed).toMatchObject({
      oauthClientId: 'another',
      definition: { security: { tokenUrl: `${server.origin}/token` } },
    });
    const { clientSecret } = await app.get(TenantCatalog).oauthClient(tenantId, changed as NonNullable<typeof changed>);
    expect(clientSecret.reveal()).toBe(upstreamClient.clientSecret);
  });

  it('is offered in the mode of users alone, and in no list', async () => {
    expect(await app.get(TenantCatalog).list(tenantId)).toEqual([]);
    upstream = await put({ mode: 'jwt' });
    expect(await account()).toBeNull();
    upstream = await put();
    expect(await account()).not.toBeNull();
  });
});

describe('a call in the mode of users', () => {
  it('goes out with the token of the account that the user has linked', async () => {
    await link('of-a-stranger', await createUser(app, tenantId));
    await expect(call()).rejects.toMatchObject(notLinked);
    await link('first');
    await call();
    expect(bearers()).toEqual(['Bearer first']);
  });

  it('takes the default of several accounts, and the newest where that can not be used', async () => {
    const first = await link('first');
    await link('second');
    await call();
    await app.database.query(`UPDATE connections SET status = 'needs_reauth' WHERE id = $1`, [first]);
    await call();
    expect(bearers()).toEqual(['Bearer first', 'Bearer second']);
  });

  it('has the account authorized again where its grant has ended', async () => {
    const id = await link('first');
    await app.database.query(`UPDATE connections SET status = 'needs_reauth' WHERE id = $1`, [id]);
    await expect(call()).rejects.toMatchObject(notLinked);
  });

  it('that is answered 401 has the token renewed, and is made once more', async () => {
    const id = await link('first');
    server.answerWith((request, response) =>
      json(request.headers.authorization === 'Bearer first' ? 401 : 200, [])(request, response),
    );
    const answered = call();
    const renewedAt = app.clock.in(1);
    const asked = () =>
      app.database.query(`SELECT 1 FROM connections WHERE id = $1 AND due_at <= $2`, [id, app.clock.now()]);
    while ((await asked()).length === 0) await turn();
    const obtainedAt = renewedAt.toISOString();
    await storeRefreshed(app, { tenantId, id }, oauth2Credentials(app, { accessToken: 'second', obtainedAt }), 1);
    await expect(answered).resolves.toMatchObject({ status: 200 });
    expect(bearers()).toEqual(['Bearer first', 'Bearer second']);
  });
});

describe('an upstream that is removed', () => {
  it('takes its connections, secrets and apps along, of nobody else', async () => {
    const accountId = await link('first');
    await app.database.query(
      `INSERT INTO upstream_apps (tenant_id, id, upstream_id, remote_id, key, remote_key, title, description, categories, action_types, seen_at)
       VALUES ($1, $2, $3, 'r', 'zapier.slack', 'slack', 'Slack', '', '{}', '{}', $4)`,
      [tenantId, upstreamAppId(tenantId, upstream.id, 'r'), upstream.id, app.clock.now()],
    );
    const slack = await app.get(UpstreamApps).find(tenantId, 'zapier.slack');
    const slackId = await establishConnection(
      app,
      { tenantId, userId, appId: slack?.id ?? '' },
      { kind: 'upstream', id: '1' },
    );
    const other = await createUpstream(app, tenantId, server.origin, { name: 'other' });
    const removal = app.get(UpstreamRemoval);
    expect([await removal.isInUse(upstream), await removal.isInUse(other)]).toEqual([true, false]);
    await removal.remove(upstream, { name: 'admin-token', address: null });
    for (const id of [accountId, slackId]) expect(await app.get(Connections).byId(tenantId, id)).toBeNull();
    const secrets = await app.database.query(`SELECT kind, row_id AS id FROM vault_secrets WHERE tenant_id = $1`, [
      tenantId,
    ]);
    expect(secrets).toEqual([{ kind: 'upstream', id: other.id }]);
    expect(await app.get(Upstreams).list(tenantId)).toMatchObject([{ name: 'other' }]);
    for (const key of ['zapier.slack', 'zapier:account'])
      expect(await app.get(UpstreamApps).find(tenantId, key)).toBeNull();
  });

  it('may be made anew under its name', async () => {
    await link('first');
    await app.get(UpstreamRemoval).remove(upstream, { name: 'admin-token', address: null });
    upstream = await put();
    await expect(call()).rejects.toMatchObject(notLinked);
    await link('anew');
    await call();
    expect(bearers()).toEqual(['Bearer anew']);
  });
});
