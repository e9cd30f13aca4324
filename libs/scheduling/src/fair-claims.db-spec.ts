import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Queryable } from '#libs/database';
import { type ConnectionOwner, startThirdPartyScene, type TestApp, type ThirdPartyScene } from '#libs/testing';
import { FairClaims } from './index.js';

const PER_TENANT = 16;
const LIMIT = 48;

let scene: ThirdPartyScene;
let app: TestApp;

beforeAll(async () => {
  scene = await startThirdPartyScene([]);
  app = scene.app;
});
beforeEach(() => app.database.query(`DELETE FROM connections`));
afterAll(() => scene?.close());

/** @param secondsAgo when the last of them was due; each other was a millisecond earlier */
async function due(count: number, secondsAgo = 0): Promise<ConnectionOwner> {
  const owner = await scene.newOwner();
  await app.database.query(
    `INSERT INTO connections (tenant_id, id, user_id, app_id, title, status, status_since, last_refreshed_at, due_at)
     SELECT $1, gen_random_uuid(), $2, $3, '', 'connected', $4, $4, $4::timestamptz - number * interval '1 millisecond'
       FROM generate_series(0, $5::int - 1) number`,
    [owner.tenantId, owner.userId, owner.appId, app.clock.in(-secondsAgo), count],
  );
  return owner;
}

const claims = (owner = 'worker', database: Queryable = app.database) =>
  new FairClaims(database, { table: 'connections', owner, perTenant: PER_TENANT });
const claim = (fair: FairClaims, limit = LIMIT) => fair.claim(app.clock.now(), app.clock.in(45), limit);
const tenantsOf = (rows: { tenantId: string }[]) => new Set(rows.map(({ tenantId }) => tenantId));

function countsOf(rows: { tenantId: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { tenantId } of rows) counts[tenantId] = (counts[tenantId] ?? 0) + 1;
  return counts;
}

/** Claims, and is done with all that was claimed, until nothing is left. */
async function claimAll(fair: FairClaims, limit = LIMIT): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const rows = await claim(fair, limit);
    for (const { id, tenantId } of rows) {
      ids.push(id);
      fair.done(tenantId);
    }
    if (rows.length === 0) return ids;
  }
}

describe('fair claims', () => {
  it('of nothing are none, also after a backlog', async () => {
    const fair = claims();
    expect(await claim(fair)).toEqual([]);
    await due(60);
    expect(await claimAll(fair)).toHaveLength(60);
    expect(await claim(fair)).toEqual([]);
  });

  it('keep what they have when the database goes away in the middle of one', async () => {
    for (let tenant = 0; tenant < 3; tenant += 1) await due(40);
    let left = Infinity;
    const query: Queryable['query'] = (...parameters) => {
      left -= 1;
      return left < 0 ? Promise.reject(new Error('away')) : app.database.query(...parameters);
    };
    const fair = new FairClaims({ query }, { table: 'connections', owner: 'worker', perTenant: PER_TENANT });
    const ids = (await claim(fair)).map((row) => (fair.done(row.tenantId), row.id));
    left = 1;
    const rows = await claim(fair);
    expect(rows.length).toBeGreaterThan(0);
    for (const { tenantId } of rows) fair.done(tenantId);
    left = 0;
    await expect(claim(fair)).rejects.toThrow('away');
    left = Infinity;
    const all = [...ids, ...rows.map(({ id }) => id), ...(await claimAll(fair))];
    expect(new Set(all).size).toBe(120);
  });

  it("reach one tenant's three rows within two claims, behind another tenant's 20,000 that were due before", async () => {
    await due(20_000, 60);
    const small = await due(3);
    const fair = claims();
    const rows = [...(await claim(fair)), ...(await claim(fair))];
    expect(rows.filter(({ tenantId }) => tenantId === small.tenantId)).toHaveLength(3);
  });

  it("fill the places that one tenant's share leaves free with the rows behind it, in the same claim", async () => {
    const large = await due(1000, 60);
    const small = await due(2);
    const counts = countsOf(await claim(claims()));
    expect(counts).toEqual({ [large.tenantId]: PER_TENANT, [small.tenantId]: 2 });
  });

  it('never put more than its share of a tenant in hand, however they are claimed and done with', async () => {
    const tenants = [await due(300, 60), await due(300, 30), await due(7)];
    const fair = claims();
    const inHand: string[] = [];
    let handled = 0;
    for (let step = 0; handled < 607; step += 1) {
      inHand.push(...(await claim(fair, 1 + (step % LIMIT))).map(({ tenantId }) => tenantId));
      for (const { tenantId } of tenants)
        expect(inHand.filter((held) => held === tenantId).length).toBeLessThanOrEqual(PER_TENANT);
      for (const tenantId of inHand.splice(0, 1 + (step % 11))) {
        fair.done(tenantId);
        handled += 1;
      }
    }
    expect(inHand).toEqual([]);
    expect(await claim(fair)).toEqual([]);
  });

  it('pass a tenant over from three quarters of its share on, until half of it is left', async () => {
    const { tenantId } = await due(1000, 60);
    const fair = claims();
    expect(await claim(fair, 11)).toHaveLength(11);
    // What is left of the share is taken in one claim.
    expect(await claim(fair)).toHaveLength(5);
    for (let left = PER_TENANT - 1; left > PER_TENANT / 2; left -= 1) {
      fair.done(tenantId);
      expect(fair.hasRoom).toBe(false);
      expect(await claim(fair)).toEqual([]);
    }
    fair.done(tenantId);
    expect(fair.hasRoom).toBe(true);
    expect(await claim(fair)).toHaveLength(PER_TENANT / 2);
    expect(fair.hasRoom).toBe(false);
  });

  it('let others pass a tenant that has its share in hand, until some of it is done', async () => {
    const large = await due(1000, 60);
    const fair = claims();
    const inHand = [...(await claim(fair)), ...(await claim(fair)), ...(await claim(fair))];
    expect(inHand.length).toBeGreaterThanOrEqual(PER_TENANT);
    expect(inHand.length).toBeLessThan(2 * PER_TENANT);
    expect(await claim(fair)).toEqual([]);
    const small = await due(2);
    expect(tenantsOf(await claim(fair))).toEqual(new Set([small.tenantId]));
    for (const { tenantId } of inHand) fair.done(tenantId);
    expect(tenantsOf(await claim(fair))).toContain(large.tenantId);
  });

  it('give each of 50 tenants with a backlog its turn before any of them has a third one', async () => {
    for (let tenant = 0; tenant < 50; tenant += 1) await due(200, tenant);
    const fair = claims();
    const turns = new Map<string, number>();
    // The first claim does not know of the backlog yet.
    for (const { tenantId } of await claim(fair)) fair.done(tenantId);
    while (turns.size < 50) {
      const rows = await claim(fair);
      expect(rows).toHaveLength(LIMIT);
      for (const tenantId of tenantsOf(rows)) turns.set(tenantId, (turns.get(tenantId) ?? 0) + 1);
      for (const { tenantId } of rows) fair.done(tenantId);
    }
    expect(Math.max(...turns.values())).toBeLessThanOrEqual(2);
  });

  it('take the oldest rows first while there is no backlog', async () => {
    const older = await due(5, 60);
    await due(5);
    expect(tenantsOf(await claim(claims(), 5))).toEqual(new Set([older.tenantId]));
  });

  it('give no row to two workers in two processes, and every row to one', async () => {
    await using other = await scene.startAnother();
    for (const count of [400, 40, 4]) await due(count);
    const workers = [claims('one'), claims('two', other.database), claims('three'), claims('four', other.database)];
    const ids = (await Promise.all(workers.map((fair) => claimAll(fair, 20)))).flat();
    // One that found every due row locked by the others stopped early: what they left is still due.
    ids.push(...(await claimAll(claims('last'))));
    expect(ids).toHaveLength(444);
    expect(new Set(ids).size).toBe(444);
    const [row] = await app.database.query(`SELECT min(version) AS least, max(version) AS most FROM connections`);
    expect(row).toEqual({ least: 1, most: 1 });
  });
});
