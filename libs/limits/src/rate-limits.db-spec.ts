import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { asTenantId, ScopedDatabase } from '#libs/database';
import { createTestDatabase, FakeClock, queryOnce, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { limits } from './limits.js';
import { LimitsModule, RateLimits } from './index.js';

const tenantId = asTenantId('00000000-0000-7000-8000-00000000000a');
const other = asTenantId('00000000-0000-7000-8000-00000000000b');

let database: TestDatabase;
let clock: FakeClock;
let apps: TestApp[];
let one: RateLimits;
let two: RateLimits;

beforeEach(async () => {
  database = await createTestDatabase();
  clock = new FakeClock();
  apps = [await startProcess(), await startProcess()];
  [one, two] = apps.map((app) => app.get(RateLimits)) as [RateLimits, RateLimits];
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const app of apps ?? []) await app.close();
  await database?.drop();
});

function startProcess(): Promise<TestApp> {
  return startTestApp({ databaseUrl: database.url, imports: [LimitsModule], clock });
}

/** Of the limit of a user. */
const used = (process: RateLimits, subject = 'mia', of = tenantId) =>
  limits.user - process.quota(of, 'user', subject).remaining;
const count = (process: RateLimits, times: number, subject = 'mia') => {
  for (let n = 0; n < times; n += 1) process.count(tenantId, 'user', subject);
};

async function setDatabase(state: 'away' | 'back'): Promise<void> {
  const name = new URL(database.url).pathname.slice(1);
  const server = Object.assign(new URL(database.url), { pathname: '/postgres' }).href;
  await queryOnce(server, `ALTER DATABASE "${name}" WITH ALLOW_CONNECTIONS ${state === 'back'}`);
  if (state === 'away')
    await queryOnce(server, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, [name]);
}

describe('two processes', () => {
  it('know of each other at the next tick, and agree on the sum after one more', async () => {
    count(one, 30);
    count(two, 12);
    expect([used(one), used(two)]).toEqual([30, 12]);
    await one.sync();
    await two.sync();
    expect([used(one), used(two)]).toEqual([30, 42]);
    count(one, 1);
    await one.sync();
    expect(used(one)).toBe(43);
  });

  it('lose nothing of what both count while both exchange', async () => {
    for (let round = 0; round < 20; round += 1) {
      const exchanges = [one.sync(), two.sync()];
      count(one, 3);
      count(two, 4);
      expect(await Promise.all(exchanges)).toEqual([true, true]);
    }
    await one.sync();
    await two.sync();
    for (const process of [one, two]) count(process, 1);
    await one.sync();
    await two.sync();
    expect(used(two)).toBe(20 * 7 + 2);
  });

  it('never wait for each other in a circle, in whatever order they met the names', async () => {
    const names = Array.from({ length: 400 }, (_, index) => `user-${index}`);
    for (let round = 0; round < 10; round += 1) {
      for (const name of names) one.count(tenantId, 'user', name);
      for (const name of names.toReversed()) two.count(tenantId, 'user', name);
      expect(await Promise.all([one.sync(), two.sync()])).toEqual([true, true]);
    }
    const rows = await queryOnce(database.url, `SELECT DISTINCT count FROM rate_counters`);
    expect(rows).toEqual([{ count: 20 }]);
  });

  it('count for a tenant what nobody counts for another', async () => {
    count(one, 5);
    await one.sync();
    two.count(other, 'user', 'mia');
    await two.sync();
    expect([used(two, 'mia', other), used(one)]).toEqual([1, 5]);
    expect(two.quota(other, 'oauth-client', 'mia').remaining).toBe(limits['oauth-client']);
  });

  it('both start over with the next minute', async () => {
    count(one, limits.user);
    expect(one.quota(tenantId, 'user', 'mia')).toEqual({
      limit: limits.user,
      remaining: 0,
      resetAt: new Date('2026-03-01T12:01:00Z'),
    });
    await one.sync();
    clock.advance(59);
    expect(one.quota(tenantId, 'user', 'mia').remaining).toBe(0);
    clock.advance(1);
    count(two, 1);
    await two.sync();
    expect([used(one), used(two)]).toEqual([0, 1]);
  });
});

it('an exchange is one statement, and none where nothing was counted', async () => {
  const query = vi.spyOn(ScopedDatabase.prototype, 'query');
  for (const subject of ['mia', 'ada', 'eve']) count(one, 10, subject);
  expect(query).not.toHaveBeenCalled();
  await one.sync();
  await one.sync();
  expect(query).toHaveBeenCalledTimes(1);
});

describe('without the database', () => {
  it('each process goes on alone, and hands over later what it counted', async () => {
    count(one, 10);
    await one.sync();
    await setDatabase('away');
    count(one, 5);
    count(two, 7);
    for (let tick = 0; tick < 3; tick += 1) expect(await Promise.all([one.sync(), two.sync()])).toEqual([false, false]);
    expect([used(one), used(two)]).toEqual([15, 7]);
    await setDatabase('back');
    expect(await one.sync()).toBe(true);
    expect(await two.sync()).toBe(true);
    expect(used(two)).toBe(22);
  });

  it('a limit is still a limit', async () => {
    await setDatabase('away');
    count(one, limits.user);
    await one.sync();
    expect(one.quota(tenantId, 'user', 'mia').remaining).toBe(0);
  });
});

it('what is left of windows that have ended is deleted, and nothing of the current one', async () => {
  count(one, 1);
  await one.sync();
  clock.advance(120);
  count(one, 2);
  await one.sync();
  expect(await one.deleteExpired(10)).toBe(1);
  const rows = await queryOnce(database.url, `SELECT name, window_start, count FROM rate_counters`);
  expect(rows).toEqual([{ name: 'user:mia', window_start: new Date('2026-03-01T12:02:00Z'), count: 2 }]);
});
