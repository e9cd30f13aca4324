import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId, ScopedDatabase } from '#libs/database';
import {
  appDocument,
  type ConnectionOwner,
  createUser,
  offerApp,
  registerApp,
  startThirdPartyScene,
  type TestApp,
  type ThirdPartyScene,
} from '#libs/testing';
import { RunsModule } from './index.js';
import { RunClaims } from './run-claims.js';
import type { ClaimedRun } from './claimed-run.js';

const PLACES = 128;

let scene: ThirdPartyScene;
let app: TestApp;

beforeAll(async () => {
  scene = await startThirdPartyScene([RunsModule]);
  app = scene.app;
});
beforeEach(async () => {
  await app.database.query(`DELETE FROM runs`);
});
afterAll(() => scene?.close());

interface Open {
  count: number;
  orgs?: number;
  /** The last of them; each other was due a millisecond earlier. */
  secondsAgo?: number;
}

/** Open runs, all due. */
async function due(
  { tenantId, userId, appId }: ConnectionOwner,
  { count, orgs = 1, secondsAgo = 0 }: Open,
): Promise<void> {
  await app.database.query(
    `WITH made AS (
       INSERT INTO runs (tenant_id, id, user_id, app_id, app_version, action_key, state, created_at, expires_at)
       SELECT $1, gen_random_uuid(), $2, $3, 1, 'create_thing', 'queued', $4, $4::timestamptz + interval '7 days' FROM generate_series(1, $5::int) RETURNING id),
     numbered AS (SELECT id, row_number() OVER ()::int AS number FROM made)
     INSERT INTO run_jobs (tenant_id, id, app_id, org_hash, phase, deadline, due_at)
     SELECT $1, id, $3, number % $6::int, 'execute', $7, $8::timestamptz - number * interval '1 millisecond' FROM numbered`,
    [tenantId, userId, appId, app.clock.now(), count, orgs, app.clock.in(180), app.clock.in(-secondsAgo)],
  );
}

async function anotherApp(owner: ConnectionOwner): Promise<ConnectionOwner> {
  const registered = await registerApp(app, appDocument(`app-${newId()}`, scene.server.origin));
  return { ...owner, appId: await offerApp(app, owner.tenantId, registered) };
}

const claims = (places = PLACES) => new RunClaims(app.database, { owner: newId(), places });
const claim = (of: RunClaims) => of.claim(app.clock.now());
const ofTenant = (runs: ClaimedRun[], { tenantId }: ConnectionOwner) =>
  runs.filter(({ run }) => run.tenantId === tenantId);
const ofApp = (runs: ClaimedRun[], { appId }: ConnectionOwner) => runs.filter(({ run }) => run.appId === appId);

describe('claims', () => {
  it('bring each job once, with its run, also for several workers at once', async () => {
    await due(await scene.newOwner(), { count: 60 });
    await due(await scene.newOwner(), { count: 60 });
    const workers = [claims(), claims(), claims()];
    const ids: string[] = [];
    for (let left = true; left;) {
      const rounds = await Promise.all(workers.map(async (worker) => [worker, await claim(worker)] as const));
      left = rounds.some(([, runs]) => runs.length > 0);
      for (const [worker, runs] of rounds) for (const run of runs) worker.done(run);
      ids.push(...rounds.flatMap(([, runs]) => runs.map(({ run }) => run.id)));
    }
    expect(ids).toHaveLength(120);
    expect(new Set(ids).size).toBe(120);
  });

  it('are under lease, but not beyond the deadline of the run', async () => {
    await due(await scene.newOwner(), { count: 1 });
    app.clock.advance(170);
    const [near] = await claim(claims());
    expect(near?.claim.leaseEnd).toEqual(app.clock.in(10));
    expect(near?.job).toMatchObject({ phase: 'execute', sentAt: null, version: 1 });
    app.clock.advance(9);
    expect(await claim(claims())).toEqual([]);
    app.clock.advance(1);
    expect(await claim(claims())).toHaveLength(1);
  });

  it('leave places free, however much one tenant has to do', async () => {
    await due(await scene.newOwner(), { count: 500 });
    const own = claims();
    let held = 0;
    for (let runs = await claim(own); runs.length > 0; runs = await claim(own)) held += runs.length;
    expect(held).toBeGreaterThanOrEqual(PLACES * 0.3);
    expect(held).toBeLessThanOrEqual(PLACES * 0.5);
  });
});

describe('a tenant that has its share while a claim is under way', () => {
  it('is looked at again by that claim when its share became free meanwhile', async () => {
    const owner = await scene.newOwner();
    const own = claims();
    const run = { tenantId: owner.tenantId, appId: owner.appId };
    let held = 0;
    while (own.reserve(run, app.clock.now(), app.clock.in(180))) held += 1;
    expect(held).toBeGreaterThan(0);
    await due(owner, { count: 3 });
    const query = app.database.query.bind(app.database);
    let looks = 0;
    const answered = vi.spyOn(ScopedDatabase.prototype, 'query').mockImplementation(async (...parameters) => {
      const rows = await query(...parameters);
      looks += 1;
      // A claim looks a second time from the beginning, for what came meanwhile: that may be its last look.
      if (looks === 2) for (; held > 0; held -= 1) own.done({ run });
      return rows;
    });
    const runs = await claim(own).finally(() => answered.mockRestore());
    expect(runs).toHaveLength(3);
    expect(own.hasMore).toBe(false);
  });
});

/** The statement after so many fails, and none after that. */
const breakAfter = (statements: number) => {
  const query = app.database.query.bind(app.database);
  let left = statements;
  return vi.spyOn(ScopedDatabase.prototype, 'query').mockImplementation(async (...parameters) => {
    left -= 1;
    if (left === -1) throw new Error('away');
    return query(...parameters);
  });
};

describe('a database that goes away within a claim', () => {
  it('takes nothing from who has claimed by then: it is handled, and its places are free again', async () => {
    await due(await scene.newOwner(), { count: 200, orgs: 3 });
    const own = claims();
    const taken = new Set<string>();
    for (let statements = 1; statements < 4; statements += 1) {
      const broken = breakAfter(statements);
      const runs = await claim(own);
      broken.mockRestore();
      expect(runs.length).toBeGreaterThan(0);
      expect(own.hasMore).toBe(true);
      for (const run of runs) {
        taken.add(run.run.id);
        own.done(run);
      }
    }
    for (let runs = await claim(own); runs.length > 0; runs = await claim(own)) {
      for (const run of runs) {
        taken.add(run.run.id);
        own.done(run);
      }
    }
    expect(taken.size).toBe(200);
  });

  it('is told of when nothing was claimed', async () => {
    await due(await scene.newOwner(), { count: 1 });
    const broken = breakAfter(0);
    await expect(claim(claims())).rejects.toThrow('away');
    broken.mockRestore();
  });
});

describe('a tenant with 5,000 open runs (P8)', () => {
  it.each([1, 5000])('of %i orgs does not hold up the one run of another', async (orgs) => {
    const [many, single] = [await scene.newOwner(), await scene.newOwner()];
    await due(many, { count: 5000, orgs, secondsAgo: 60 });
    const own = claims();
    await claim(own);
    await due(single, { count: 1 });
    expect(ofTenant(await claim(own), single)).toHaveLength(1);
  });

  it('gets all that nobody else needs, in time', async () => {
    await due(await scene.newOwner(), { count: 1000 });
    const own = claims();
    let taken = 0;
    for (let runs = await claim(own); runs.length > 0; runs = await claim(own)) {
      taken += runs.length;
      for (const run of runs) own.done(run);
    }
    expect(taken).toBe(1000);
  });

  it('is no more than its orgs: each has its turn', async () => {
    const owner = await scene.newOwner();
    await due(owner, { count: 2000, orgs: 1, secondsAgo: 60 });
    await createUser(app, owner.tenantId);
    await app.database.query(
      `UPDATE run_jobs SET org_hash = 77 WHERE id IN (SELECT id FROM run_jobs ORDER BY due_at DESC LIMIT 1)`,
    );
    const own = claims();
    const orgs = new Set<boolean>();
    for (let round = 0; round < 4; round += 1) {
      const runs = await claim(own);
      const rows = await app.database.query<{ org_hash: number }>(`SELECT org_hash FROM run_jobs WHERE id = ANY ($1)`, [
        runs.map(({ run }) => run.id),
      ]);
      for (const row of rows) orgs.add(row.org_hash === 77);
      for (const run of runs) own.done(run);
    }
    expect(orgs).toContain(true);
  });
});

describe('an app that does not answer', () => {
  it('holds up no other one of its tenant', async () => {
    const slow = await scene.newOwner();
    const fast = await anotherApp(await scene.newOwner());
    const both = { ...slow, appId: fast.appId };
    await due(slow, { count: 1000, secondsAgo: 60 });
    const own = claims();
    await claim(own);
    await due(both, { count: 1 });
    await due(fast, { count: 1 });
    const runs = await claim(own);
    expect(ofTenant(ofApp(runs, fast), fast)).toHaveLength(1);
  });

  it('leaves a place for another one when there are ten of them', async () => {
    const owner = await scene.newOwner();
    const own = claims();
    for (let slow = 0; slow < 10; slow += 1) {
      await due(await anotherApp(await scene.newOwner()), { count: 200 });
      await claim(own);
    }
    const fast = await anotherApp(owner);
    await due(fast, { count: 1 });
    expect(ofApp(await claim(own), fast)).toHaveLength(1);
  });
});

it('a place is reserved for a new run while none that is due waits, and its tenant and its app have room', async () => {
  const owner = await scene.newOwner();
  const other = await scene.newOwner();
  const own = claims(16);
  const reserve = (run: ConnectionOwner) => own.reserve(run, app.clock.now(), app.clock.in(180));
  const held = Array.from({ length: 16 }, () => reserve(owner)).filter((place) => place !== null);
  expect(held).toHaveLength(6);
  expect(held[0]?.leaseEnd).toEqual(app.clock.in(45));
  expect(reserve(other)).not.toBeNull();
  for (let count = 0; count < 3; count += 1) own.done({ run: owner });
  expect(reserve(owner)).not.toBeNull();
  await due(await scene.newOwner(), { count: 100 });
  await claim(own);
  expect(reserve(other)).toBeNull();
});

it('a worker knows whether it left anything: only then it looks again when a place is free', async () => {
  const owner = await scene.newOwner();
  const own = claims();
  await due(owner, { count: 3 });
  expect(await claim(own)).toHaveLength(3);
  expect(own.hasMore).toBe(false);
  await due(owner, { count: 300 });
  const [first] = await claim(own);
  if (first) own.done(first);
  expect(own.hasMore).toBe(true);
});
