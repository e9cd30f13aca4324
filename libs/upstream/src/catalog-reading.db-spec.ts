import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantId } from '#libs/database';
import {
  createTenant,
  createTestDatabase,
  createUpstream,
  establishConnection,
  type HttpServer,
  json,
  type ReceivedRequest,
  createUser,
  startHttpServer,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { CatalogReading, type Upstream, UpstreamApps, UpstreamModule, Upstreams } from './index.js';

let database: TestDatabase;
let app: TestApp;
let server: HttpServer;
let tenantId: TenantId;
let upstream: Upstream;
let remote: { id: string; key?: string; title: string; image?: string; action_types?: string[] }[];

const options = () => ({ databaseUrl: database.url, imports: [UpstreamModule] });

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startHttpServer();
  app = await startTestApp(options());
});
beforeEach(async () => {
  await app.database.query(`DELETE FROM upstreams`);
  app.clock.advance(60);
  tenantId = (await createTenant(app)).id;
  upstream = await createUpstream(app, tenantId, server.origin);
  remote = appsCalled(...Array.from({ length: 230 }, (_, index) => `app-${index}`));
  server.answerWith(list());
});
afterAll(async () => {
  await app?.close();
  await server?.close();
  await database?.drop();
});

const appsCalled = (...keys: string[]) => keys.map((key) => ({ id: `id-of-${key}`, key, title: `Title of ${key}` }));
const pageOf = ({ url }: ReceivedRequest) => {
  const query = new URL(url, server.origin).searchParams;
  return { limit: Number(query.get('limit')), offset: Number(query.get('offset')), client: query.get('client_id') };
};
/** @param most in one page */
function list(most = 100, counted = true) {
  return (request: ReceivedRequest, response: Parameters<ReturnType<typeof json>>[1]) => {
    const { limit, offset } = pageOf(request);
    const data = remote.slice(offset, offset + Math.min(limit, most));
    const next = offset + data.length < remote.length ? 'https://next.example' : null;
    json(200, { data, links: { next, previous: null }, ...(counted && { meta: { count: remote.length } }) })(
      request,
      response,
    );
  };
}

/** Reads what is due, as often as it is until the reading is over. */
async function readAll(process = app, turns = 20): Promise<void> {
  for (let page = 0; page < turns; page += 1) {
    await readOnce(process);
    if ((await stored())?.syncBeganAt === null) return;
    app.clock.advance(2);
  }
}
async function readOnce(process = app): Promise<void> {
  process.get(CatalogReading).wake();
  for (;;) {
    const [held] = await app.database.query(`SELECT 1 FROM upstreams WHERE due_at <= $1 OR lease_until > $1`, [
      app.clock.now(),
    ]);
    if (!held) return;
    await turn();
  }
}
const stored = () => app.get(Upstreams).find(tenantId, upstream.name);
const keys = async () => {
  const rows = await app.database.query<{ key: string }>(`SELECT key FROM upstream_apps WHERE tenant_id = $1`, [
    tenantId,
  ]);
  return rows.map(({ key }) => key.replace('zapier.', '')).toSorted();
};
const expected = () => remote.map(({ key }) => key ?? '').toSorted();

describe('the list of apps of an upstream', () => {
  it('is read page by page, as the client, and again after six hours', async () => {
    await readAll();
    expect(await keys()).toEqual(expected());
    expect(server.requests.map(pageOf)).toEqual(
      [0, 100, 200].map((offset) => ({ limit: 100, offset, client: 'partner-client' })),
    );
    expect(await stored()).toMatchObject({
      syncedAt: app.clock.now(),
      dueAt: app.clock.in(6 * 3600),
      syncFailure: null,
    });
  });

  it.each([
    ['fewer at once than it is asked for', () => list(30)],
    ['no count', () => list(100, false)],
    ['an array of envelopes', () => json(200, [{ data: remote, links: { next: null } }])],
    ['nothing but an array, the same at each offset', () => json(200, remote)],
    ['the form of the first version', () => json(200, { objects: remote, total: remote.length, next_url: null })],
  ])('is read from a server that gives %s', async (_, answer) => {
    server.answerWith(answer());
    await readAll();
    expect(await keys()).toEqual(expected());
    expect((await stored())?.syncedAt).not.toBeNull();
  });

  it('goes on behind the last page when the process that read it is gone', async () => {
    await readOnce();
    app.clock.advance(2);
    await using other = await startTestApp({ ...options(), clock: app.clock, keyring: app.keyring });
    await readAll(other);
    expect(server.requests.map((request) => pageOf(request).offset)).toEqual([0, 100, 200]);
    expect(await keys()).toEqual(expected());
  });

  it('goes on where it was after a failure, which it tells', async () => {
    await readOnce();
    server.answerWith(json(503, {}));
    app.clock.advance(2);
    await readOnce();
    expect(await stored()).toMatchObject({ syncOffset: 100, syncFailure: 'Zapier answered 503.' });
    server.answerWith(list());
    app.clock.advance(60);
    await readAll();
    expect(server.requests.map((request) => pageOf(request).offset)).toEqual([100, 200]);
    expect(await keys()).toEqual(expected());
  });

  it('loses what the upstream has no more, but for what somebody has connected', async () => {
    await readAll();
    const used = await app.get(UpstreamApps).find(tenantId, 'zapier.app-1');
    const owner = { tenantId, userId: await createUser(app, tenantId), appId: used?.id ?? '' };
    await establishConnection(app, owner, { kind: 'upstream', id: 'remote-connection' });
    remote = appsCalled('app-3', 'new');
    app.clock.advance(6 * 3600);
    await readAll();
    expect(await keys()).toEqual(['app-1', 'app-3', 'new']);
  });

  it('keeps what a reading missed while the list changed', async () => {
    await readAll();
    app.clock.advance(6 * 3600);
    await readOnce();
    // One on a page that was read goes, and one of the next page moves onto it.
    remote = remote.filter(({ key }) => key !== 'app-5');
    server.answerWith((request, response) =>
      json(200, { data: remote.slice(pageOf(request).offset), meta: { count: 230 } })(request, response),
    );
    app.clock.advance(2);
    await readAll();
    expect(await keys()).toContain('app-100');
  });

  it('gives a key to the app that has it now', async () => {
    remote = [{ id: 'old', key: 'same', title: 'Old' }];
    await readAll();
    await app.get(UpstreamApps).find(tenantId, 'zapier.same');
    remote = [
      { id: 'new', key: 'same', title: 'New' },
      { id: 'twin', key: 'same', title: 'Twin' },
      { id: 'un/safe', key: 'a b', title: 'No address names it' },
    ];
    app.clock.advance(6 * 3600);
    await readAll();
    expect(await keys()).toEqual(['same', 'twin']);
    expect(await app.get(UpstreamApps).find(tenantId, 'zapier.same')).toMatchObject({ definition: { title: 'Old' } });
    const [row] = await app.database.query<{ id: string }>(
      `SELECT id FROM upstream_apps WHERE key = 'zapier.same' AND tenant_id = $1`,
      [tenantId],
    );
    expect(await app.get(UpstreamApps).find(tenantId, row?.id ?? '')).toMatchObject({ definition: { title: 'New' } });
  });

  it('renews what the catalog knows of an app that is used', async () => {
    await readAll();
    await app.get(UpstreamApps).find(tenantId, 'zapier.app-1');
    remote = remote.map((one) => ({ ...one, title: 'Renamed' }));
    app.clock.advance(6 * 3600);
    await readAll();
    expect(await app.get(UpstreamApps).find(tenantId, 'zapier.app-1')).toMatchObject({
      definition: { title: 'Renamed' },
    });
  });

  it('is begun anew, and by nobody who read the old one, when the settings change', async () => {
    await readOnce();
    app.clock.advance(1);
    await createUpstream(app, tenantId, server.origin, { title: 'Another' });
    remote = appsCalled('only');
    await readAll();
    expect(await keys()).toEqual(['only']);
  });

  it('is not read while the upstream is switched off', async () => {
    await createUpstream(app, tenantId, server.origin, { enabled: false });
    await readOnce();
    expect(server.requests).toEqual([]);
    expect(await stored()).toMatchObject({ dueAt: null });
  });
});
