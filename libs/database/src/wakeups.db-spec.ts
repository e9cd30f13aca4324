import { Module } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createTestDatabase, queryOnce, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { Wakeups } from './index.js';

let database: TestDatabase;
let apps: TestApp[];
/** By process. */
let heard: string[][];

async function start(index: number): Promise<TestApp> {
  @Module({})
  class Listening {
    constructor(wakeups: Wakeups) {
      wakeups.listen('run_ends', (payload) => heard[index]?.push(payload));
    }
  }
  return startTestApp({ databaseUrl: database.url, imports: [Listening] });
}

const sender = () => (apps[0] as TestApp).get(Wakeups);
const soon = (assertion: () => void) => vi.waitFor(assertion, { timeout: 10_000 });

beforeAll(async () => {
  heard = [[], []];
  database = await createTestDatabase();
  apps = [await start(0), await start(1)];
  await soon(() => expect(heard).toEqual([[''], ['']]));
});
beforeEach(() => (heard = [[], []]));
afterAll(async () => {
  for (const app of apps ?? []) await app.close();
  await database?.drop();
});

it('what is sent wakes this process at once, and each other one once, with all that was said', async () => {
  const all = Array.from({ length: 2500 }, (_, index) => `${index}`);
  for (const payload of all) sender().send('run_ends', payload);
  expect(heard[0]).toEqual(all);
  await soon(() => expect(heard[1]).toEqual(all));
  expect(heard[0]).toEqual(all);
});

it('a word that found the connection gone is lost, and the next one is not', async () => {
  await queryOnce(
    database.url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gatehouse-listen' AND datname = current_database()`,
  );
  sender().send('run_ends', 'lost');
  await soon(() => expect(heard.map((one) => one.includes(''))).toEqual([true, true]));
  sender().send('run_ends', 'told');
  await soon(() => expect(heard[1]).toContain('told'));
});
