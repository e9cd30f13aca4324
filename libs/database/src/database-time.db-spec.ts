import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SystemClock } from '#libs/scheduling';
import { createTestDatabase, FakeClock, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { DatabaseTime } from './database-time.js';
import type { Database } from './database.js';
import type { Queryable } from './scoped-database.js';

const TEN_MINUTES = 600_000;
const TOLERANCE_MILLISECONDS = 5000;

let database: TestDatabase;
let app: TestApp;
let time: DatabaseTime | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url, imports: [] });
});
afterEach(() => {
  time?.onApplicationShutdown();
  vi.restoreAllMocks();
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

/** This machine's clock is so much ahead of the true time. */
function setMachineAhead(milliseconds: number): void {
  const now = Date.now.bind(Date);
  vi.spyOn(Date, 'now').mockImplementation(() => now() + milliseconds);
}

/** How far a clock that goes by the database is from it. */
async function offBy(clock: SystemClock, over: Queryable = app.database): Promise<number> {
  time = new DatabaseTime({ shared: over } as Database, clock);
  await time.onModuleInit();
  const [row] = await app.database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  return Math.abs(clock.now().getTime() - (row?.now.getTime() ?? Number.NaN));
}

/** Each answer is longer on its way than machines that keep time differ. */
const slow: Queryable = {
  query: async <Row>(sql: string) => {
    await delay(60);
    const rows = await app.database.query<Row>(sql);
    await delay(60);
    return rows;
  },
};

describe("a process's clock", () => {
  it.each([-TEN_MINUTES, TEN_MINUTES])('goes by the database where the machine is %i ms off', async (milliseconds) => {
    setMachineAhead(milliseconds);
    expect(await offBy(new SystemClock())).toBeLessThan(TOLERANCE_MILLISECONDS);
  });

  it('goes by it also where the database is far away', async () => {
    setMachineAhead(TEN_MINUTES);
    expect(await offBy(new SystemClock(), slow)).toBeLessThan(TOLERANCE_MILLISECONDS);
  });

  it('is left alone where machines keep time', async () => {
    const clock = new SystemClock();
    const correct = vi.spyOn(clock, 'correct');
    await offBy(clock);
    expect(correct.mock.calls).toEqual([[0]]);
  });

  it('is left alone by an answer that was too long on its way to say more than that', async () => {
    const clock = new SystemClock();
    const correct = vi.spyOn(clock, 'correct');
    await offBy(clock, slow);
    expect(correct).not.toHaveBeenCalled();
  });

  it('of a test stands where the test sets it', async () => {
    const clock = new FakeClock();
    const before = clock.now();
    const query = vi.fn<Queryable['query']>();
    await new DatabaseTime({ shared: { query } } as unknown as Database, clock).onModuleInit();
    expect(query).not.toHaveBeenCalled();
    expect(clock.now()).toEqual(before);
  });
});
