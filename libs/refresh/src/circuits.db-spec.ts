import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Audit, type AuditAction } from '#libs/audit';
import { TenantCatalog } from '#libs/catalog';
import { Connections } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { asTenantId } from '#libs/database';
import { claimDue } from '#libs/scheduling';
import {
  type Answer,
  type ConnectionOwner,
  json,
  oauthClient,
  startThirdPartyScene,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import { Circuits } from './circuits.js';
import { ConnectionRefresh } from './connection-refresh.js';
import { RefreshModule } from './index.js';

let scene: ThirdPartyScene;
let other: TestApp;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await startThirdPartyScene([RefreshModule]);
  other = await scene.startAnother();
});
beforeEach(async () => {
  await scene.app.database.query(`UPDATE connections SET due_at = NULL`);
  owner = await scene.newOwner();
  // What an earlier test left in memory is no longer believed.
  scene.app.clock.advance(3600);
});
afterAll(async () => {
  await other?.close();
  await scene?.close();
});

const fresh = { access_token: 'access-2', token_type: 'Bearer', expires_in: 7200, refresh_token: 'refresh-2' };
const unavailable = json(503, {});
/** A server that knows one client secret. */
const knowing =
  (secret: string): Answer =>
  ({ body }, response) => {
    const isKnown = new URLSearchParams(body).get('client_secret') === secret;
    return (isKnown ? json(200, fresh) : json(401, { error: 'invalid_client' }))({} as never, response);
  };
const audited = async (action: AuditAction) =>
  (await scene.app.get(Audit).list(owner.tenantId, { action, subject: owner.appId, limit: 10 })).length;
const isOpen = async () => (await scene.app.get(Circuits).paused(owner.tenantId)).has(owner.appId);
const asked = () => scene.server.requests.length;

async function connect(count: number): Promise<string[]> {
  const ids = await Promise.all(Array.from({ length: count }, () => scene.connect(owner)));
  await scene.app.database.query(`UPDATE connections SET due_at = $2 WHERE id = ANY ($1)`, [
    ids,
    scene.app.clock.now(),
  ]);
  return ids;
}

/** What the workers of a process do once: all that is due, at once unless `oneByOne`. */
async function work(app: TestApp, { oneByOne = false } = {}): Promise<void> {
  const { clock, database } = scene.app;
  const request = { now: clock.now(), leaseEnd: clock.in(45), owner: 'worker', limit: oneByOne ? 1 : 48 };
  for (;;) {
    const rows = await claimDue(database, 'connections', request);
    const claims = rows.map((row) => ({ ...row, tenantId: asTenantId(row.tenantId) }));
    await Promise.all(claims.map((claim) => app.get(ConnectionRefresh).run(claim)));
    if (!oneByOne || rows.length === 0) return;
  }
}

/** Second by second. */
async function workFor(seconds: number, isDone = () => Promise.resolve(false)): Promise<number> {
  for (let second = 0; second < seconds; second += 1) {
    if (await isDone()) return second;
    await Promise.all([work(scene.app), work(other)]);
    scene.app.clock.advance(1);
  }
  return seconds;
}

async function statuses(ids: string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const id of ids) {
    const status = (await scene.app.get(Connections).byId(owner.tenantId, id))?.status ?? 'gone';
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

describe('an app that fails', () => {
  it('for five different connections is paused: nobody is marked from then on, and the operator is told once', async () => {
    const ids = await connect(12);
    scene.server.answerWith(unavailable);
    await work(scene.app, { oneByOne: true });
    expect(asked()).toBe(5);
    expect(await statuses(ids)).toEqual({ degraded: 4, connected: 8 });
    expect(await isOpen()).toBe(true);
    expect(await audited('refresh.paused')).toBe(1);
    await workFor(90);
    expect(await statuses(ids)).toEqual({ degraded: 4, connected: 8 });
    expect(await audited('refresh.paused')).toBe(1);
    expect(asked()).toBeLessThanOrEqual(5 + 3);
  });

  it('by refusing everybody without a reason is paused too: from the fifth on nobody is called in', async () => {
    const ids = await connect(12);
    scene.server.answerWith(json(401, {}));
    await work(scene.app, { oneByOne: true });
    expect(await statuses(ids)).toEqual({ needs_reauth: 4, connected: 8 });
    expect(await isOpen()).toBe(true);
  });

  it('for four is not', async () => {
    const ids = await connect(4);
    scene.server.answerWith(unavailable);
    await work(scene.app, { oneByOne: true });
    expect(await statuses(ids)).toEqual({ degraded: 4 });
    expect(await isOpen()).toBe(false);
  });

  it('for one connection again and again is not', async () => {
    const [id = ''] = await connect(1);
    scene.server.answerWith(unavailable);
    for (let time = 0; time < 8; time += 1) {
      await work(scene.app);
      scene.app.clock.advance(3600);
    }
    expect(asked()).toBe(8);
    expect(await statuses([id])).toEqual({ degraded: 1 });
    expect(await isOpen()).toBe(false);
  });

  it('for others than before a success starts from nothing', async () => {
    for (const answer of [unavailable, json(200, fresh), unavailable]) {
      const count = answer === unavailable ? 4 : 1;
      const ids = await connect(count);
      scene.server.answerWith(answer);
      await work(scene.app, { oneByOne: true });
      // In the next round it is others who fail.
      await scene.app.database.query(`UPDATE connections SET due_at = NULL WHERE id = ANY ($1)`, [ids]);
      scene.app.clock.advance(1);
    }
    expect(await isOpen()).toBe(false);
  });
});

describe('an app whose client is refused', () => {
  it('is paused at the first word of it, after four calls at most, and none of 100 connections is marked', async () => {
    const ids = await connect(100);
    scene.server.answerWith(knowing('another'));
    await workFor(3);
    expect(asked()).toBeLessThanOrEqual(8);
    expect(await statuses(ids)).toEqual({ connected: 100 });
    expect(await audited('refresh.paused')).toBe(1);
    expect((await scene.app.get(Circuits).paused(owner.tenantId)).get(owner.appId)?.reason).toContain('client_secret');
  });

  it('recovers within a minute of the mending, whenever that is, and says so once', async () => {
    for (const mendedAfter of [3, 17, 31, 44]) {
      owner = await scene.newOwner();
      const ids = await connect(20);
      const secret = `mended-${mendedAfter}`;
      scene.server.answerWith(knowing(secret));
      await workFor(mendedAfter);
      expect(await isOpen()).toBe(true);
      await scene.app.get(TenantCatalog).configure(owner.tenantId, 'acme-crm', {
        oauth: { clientId: oauthClient.clientId, clientSecret: new Secret(secret) },
      });
      expect(await workFor(60, async () => !(await isOpen()))).toBeLessThan(60);
      expect(await audited('refresh.resumed')).toBe(1);
      await workFor(60);
      const rows = await scene.app.database.query(
        `SELECT 1 FROM connections WHERE id = ANY ($1) AND status = 'connected' AND expires_at > $2`,
        [ids, scene.app.clock.in(3600)],
      );
      expect(rows).toHaveLength(20);
    }
  });

  it('is asked again soon also by a connection that failed often before', async () => {
    const [id = ''] = await connect(1);
    await scene.app.database.query(`UPDATE connections SET refresh_failures = 12 WHERE id = $1`, [id]);
    scene.server.answerWith(knowing('another'));
    await work(scene.app);
    const connection = await scene.app.get(Connections).byId(owner.tenantId, id);
    expect(connection?.dueAt?.getTime()).toBeLessThanOrEqual(scene.app.clock.in(30).getTime());
  });
});

const open = () =>
  scene.app
    .get(Circuits)
    .failed({ tenantId: owner.tenantId, appId: owner.appId, id: owner.userId }, 'client', 'refused');
const enter = (app: TestApp) => app.get(Circuits).enter(owner.tenantId, owner.appId);

describe('a paused app', () => {
  it('lets nobody in for half a minute, and then one, over all processes', async () => {
    await open();
    scene.app.clock.advance(29);
    expect(await enter(scene.app)).not.toBeNull();
    expect(await enter(other)).not.toBeNull();
    scene.app.clock.advance(1);
    const entered = await Promise.all([scene.app, other, scene.app, other, scene.app, other].map(enter));
    expect(entered.filter((until) => until === null)).toHaveLength(1);
    for (const until of entered) if (until) expect(until > scene.app.clock.now()).toBe(true);
    for (const app of [scene.app, other]) {
      app.get(Circuits).left(owner.tenantId, owner.appId);
      expect((await enter(app))?.getTime()).toBeGreaterThan(scene.app.clock.in(30).getTime());
    }
    scene.app.clock.advance(30);
    expect((await Promise.all([enter(scene.app), enter(other)])).filter((until) => until === null)).toHaveLength(1);
  });

  it('does not spend its probe on a token that may not be presented', async () => {
    const [id = ''] = await connect(1);
    await open();
    await scene.app.database.query(
      `UPDATE connections SET attempt_at = $2, attempt_version = 1, attempts = 1 WHERE id = $1`,
      [id, scene.app.clock.now()],
    );
    scene.app.clock.advance(30);
    await work(scene.app);
    expect(await enter(other)).toBeNull();
  });

  it('is nothing to the same app of another tenant', async () => {
    await open();
    owner = await scene.newOwner();
    expect(await enter(scene.app)).toBeNull();
    scene.app.get(Circuits).left(owner.tenantId, owner.appId);
  });
});

describe('an app that nobody has heard of lately', () => {
  it('is asked by one at a time in a process, and by all once it has worked', async () => {
    const circuits = scene.app.get(Circuits);
    const isIn = async () => (await enter(scene.app)) === null;
    expect([await isIn(), await isIn()]).toEqual([true, false]);
    circuits.left(owner.tenantId, owner.appId);
    expect([await isIn(), await isIn()]).toEqual([true, false]);
    await circuits.worked(owner.tenantId, owner.appId);
    for (let more = 0; more < 20; more += 1) expect(await isIn()).toBe(true);
    scene.app.clock.advance(600);
    expect(await isIn()).toBe(false);
  });
});
