import { setImmediate as turn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ConnectionOwner, startThirdPartyScene, type TestApp, type ThirdPartyScene } from '#libs/testing';
import { claimDue, WorkerPresence } from './index.js';

let scene: ThirdPartyScene;
let app: TestApp;
let owner: ConnectionOwner;
let isAway = false;

let underWay = 0;

/** The database, which answers or does not. */
const database = {
  query: <Row>(sql: string, parameters: unknown[]): Promise<Row[]> => {
    underWay += 1;
    const answer = isAway
      ? Promise.reject(new Error('The database is away.'))
      : app.database.query<Row>(sql, parameters);
    return answer.finally(() => (underWay -= 1));
  },
};

beforeAll(async () => {
  scene = await startThirdPartyScene([]);
  app = scene.app;
});
beforeEach(async () => {
  isAway = false;
  await app.database.query(`DELETE FROM connections`);
  await app.database.query(`DELETE FROM workers`);
  owner = await scene.newOwner();
});
afterAll(() => scene?.close());

const worker = (id: string) => new WorkerPresence(database, app.clock, { id, tables: ['connections'] });
const isDue = async () =>
  (await app.database.query(`SELECT 1 FROM connections WHERE due_at <= $1`, [app.clock.now()])).length > 0;
const seenAt = async (id: string) => {
  const [row] = await app.database.query<{ seen_at: Date }>(`SELECT seen_at FROM workers WHERE id = $1`, [id]);
  return row?.seen_at ?? null;
};

/** A row that the worker has under lease for long. */
async function leasedBy(id: string): Promise<void> {
  const connection = await scene.connect(owner);
  await app.database.query(`UPDATE connections SET due_at = $2 WHERE id = $1`, [connection, app.clock.now()]);
  const lease = { now: app.clock.now(), leaseEnd: app.clock.in(3600), owner: id, limit: 1 };
  expect(await claimDue(app.database, 'connections', lease)).toHaveLength(1);
}

/** A tick of each of them, which ends when it said that it lives and did what follows from it, or could not. */
async function tick(...workers: WorkerPresence[]): Promise<void> {
  for (const presence of workers) presence.beat();
  for (;;) {
    await turn();
    if (underWay === 0) return;
  }
}

async function tickFor(seconds: number, ...workers: WorkerPresence[]): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    app.clock.advance(1);
    await tick(...workers);
  }
}

describe('a worker that is seen no more', () => {
  it('has its rows taken over after 7 s, and not before', async () => {
    const [dead, alive] = [worker('dead'), worker('alive')];
    await tick(dead, alive);
    await leasedBy('dead');
    await tickFor(7, alive);
    expect(await isDue()).toBe(false);
    await tickFor(2, alive);
    expect(await isDue()).toBe(true);
    const [row] = await app.database.query(`SELECT lease_until, lease_owner, version FROM connections`);
    expect(row).toEqual({ lease_until: null, lease_owner: null, version: 2 });
  });

  it('is on record as soon as it has arrived, and that is told once', async () => {
    const presence = worker('one');
    await presence.arrive();
    expect(await seenAt('one')).toEqual(app.clock.now());
    await app.database.query(`DELETE FROM workers`);
    await presence.arrive();
    expect(await seenAt('one')).toBeNull();
    isAway = true;
    await worker('other').arrive();
  });

  it('that leaves, as it should, has them taken over at the next look', async () => {
    const [leaving, alive] = [worker('leaving'), worker('alive')];
    await tick(leaving, alive);
    await leasedBy('leaving');
    await tickFor(12, leaving, alive);
    expect(await isDue()).toBe(false);
    await leaving.leave();
    await tickFor(2, alive);
    expect(await isDue()).toBe(true);
    expect(await seenAt('leaving')).toBeNull();
  });

  it('is forgotten after an hour', async () => {
    const [dead, alive] = [worker('dead'), worker('alive')];
    await tick(dead, alive);
    app.clock.advance(3601);
    await tickFor(12, alive);
    expect(await seenAt('dead')).toBeNull();
    expect(await seenAt('alive')).not.toBeNull();
  });
});

describe('a worker that is seen', () => {
  it('keeps its rows', async () => {
    const [one, other] = [worker('one'), worker('other')];
    await tick(one, other);
    await leasedBy('one');
    await tickFor(30, one, other);
    expect(await isDue()).toBe(false);
  });

  it('writes that it lives every other second only', async () => {
    const presence = worker('one');
    await tick(presence);
    const first = await seenAt('one');
    await tickFor(1, presence);
    expect(await seenAt('one')).toEqual(first);
    await tickFor(1, presence);
    expect(await seenAt('one')).toEqual(app.clock.now());
  });
});

describe('an outage of the database', () => {
  it('in which nobody could be seen leaves everybody 7 s to be seen again', async () => {
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const [slow, alive] = [worker('slow'), worker('alive')];
    await tick(slow, alive);
    await leasedBy('slow');
    await tickFor(12, slow, alive);
    isAway = true;
    await tickFor(20, slow, alive);
    isAway = false;
    await tickFor(6, alive);
    expect(await isDue()).toBe(false);
    await tickFor(1, slow, alive);
    await tickFor(10, slow, alive);
    expect(await isDue()).toBe(false);
    await tickFor(12, alive);
    expect(await isDue()).toBe(true);
    vi.restoreAllMocks();
  });

  it('does not make a worker that has just started take over at once', async () => {
    await tick(worker('dead'));
    await leasedBy('dead');
    app.clock.advance(60);
    const fresh = worker('fresh');
    await tick(fresh);
    expect(await isDue()).toBe(false);
    await tickFor(6, fresh);
    expect(await isDue()).toBe(false);
    await tickFor(2, fresh);
    expect(await isDue()).toBe(true);
  });
});
