import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, startTestApp, type TestApp, type TestDatabase } from '#libs/testing';
import { Relay } from './relay.js';

let database: TestDatabase;
let relay: Relay;
let app: TestApp;

beforeAll(async () => {
  database = await createTestDatabase();
  relay = new Relay();
  const url = new URL(database.url);
  relay.target = Number(url.port);
  url.host = `127.0.0.1:${await relay.listen()}`;
  app = await startTestApp({ databaseUrl: url.href, imports: [] });
});
afterAll(async () => {
  await app?.close();
  await relay?.close();
  await database?.drop();
});

const one = () => app.database.query<{ one: number }>('SELECT 1 AS one');
const inTransaction = () => app.database.transaction((tx) => tx.query<{ one: number }>('SELECT 1 AS one'));

it('a connection that was cut without a word fails what waits on it, and is used no more', async () => {
  // More than one at a time, so that the pool holds several.
  await Promise.all([one(), one(), one()]);
  relay.freeze();
  const silent = await Promise.allSettled([one(), one(), one()]);
  expect(silent.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(await Promise.all([one(), one(), one()])).toEqual([[{ one: 1 }], [{ one: 1 }], [{ one: 1 }]]);
});

it('so does one in a transaction', async () => {
  await inTransaction();
  relay.freeze();
  await expect(inTransaction()).rejects.toThrow();
  expect(await inTransaction()).toEqual([{ one: 1 }]);
});
