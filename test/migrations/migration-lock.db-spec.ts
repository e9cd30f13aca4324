import { Client } from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createBareDatabase, queryOnce, type TestDatabase } from '#libs/testing';
import { migrations, migrationSource, runMigrations } from '../../migrations/data-source.js';

const all = migrations.map(({ name }) => name);
/** The first that makes an index beside the traffic. */
const first = all.findIndex((name) => name.startsWith('VaultRotation'));
/** As the releases before ask for it. */
const QUEUE_UP = 'SELECT pg_advisory_xact_lock(1734440037)';

let database: TestDatabase;
let other: Client;

beforeEach(async () => {
  database = await createBareDatabase();
  const source = await migrationSource(database.url, migrations.slice(0, first)).initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.destroy();
  other = new Client({ connectionString: database.url, statement_timeout: 10_000 });
  await other.connect();
});
afterEach(async () => {
  await other?.end();
  await database?.drop();
});

const untilItWaitsFor = (lock: string) =>
  vi.waitFor(
    async () =>
      expect(
        await queryOnce(
          database.url,
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'gatehouse-migrate' AND wait_event = $1`,
          [lock],
        ),
      ).toHaveLength(1),
    { timeout: 10_000, interval: 5 },
  );

test('of several at once one migrates, and the others keep no index from being finished', async () => {
  const results = await Promise.all([1, 2, 3].map(() => runMigrations(database.url)));
  expect(results.map(({ length }) => length).sort((a, b) => a - b)).toEqual([0, 0, all.length - first]);
});

test('a process of the release before that starts meanwhile goes on at once', async () => {
  await other.query('BEGIN');
  await other.query('LOCK TABLE vault_secrets IN ACCESS SHARE MODE');
  const migrating = runMigrations(database.url);
  await untilItWaitsFor('relation');
  await other.query(QUEUE_UP);
  await other.query('COMMIT');
  expect(await migrating).toEqual(all.slice(first));
});

test('a process of the release before that migrates is awaited', async () => {
  await other.query('BEGIN');
  await other.query(QUEUE_UP);
  const migrating = runMigrations(database.url);
  await untilItWaitsFor('advisory');
  expect(await queryOnce(database.url, 'SELECT count(*)::int FROM migrations')).toEqual([{ count: first }]);
  await other.query('COMMIT');
  expect(await migrating).toEqual(all.slice(first));
});
