import { Client } from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createBareDatabase, queryOnce, type TestDatabase } from '#libs/testing';
import { migrations, migrationSource, runMigrations } from '../../migrations/data-source.js';

const own = migrations.findIndex(({ name }) => name.startsWith('RowSecurity'));
/** The last one but a few, and in the way of the migration. */
const HELD = 'vault_secrets';

let database: TestDatabase;
let holder: Client;

beforeEach(async () => {
  database = await createBareDatabase();
  const source = await migrationSource(database.url, migrations.slice(0, own)).initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.destroy();
  holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query(`LOCK TABLE ${HELD} IN ACCESS SHARE MODE`);
});
afterEach(async () => {
  await holder?.end();
  await database?.drop();
});

const query = (sql: string) => queryOnce(database.url, sql);
const MIGRATING = `FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'gatehouse-migrate' AND wait_event_type = 'Lock'`;
const untilItWaits = () =>
  vi.waitFor(async () => expect(await query(`SELECT 1 ${MIGRATING}`)).toHaveLength(1), {
    timeout: 10_000,
    interval: 5,
  });
const policies = () =>
  query(`SELECT tablename, policyname, roles, cmd, qual FROM pg_policies ORDER BY tablename, policyname`);
const wholePolicies = async () => {
  const fresh = await createBareDatabase();
  try {
    await runMigrations(fresh.url);
    return await queryOnce(
      fresh.url,
      `SELECT tablename, policyname, roles, cmd, qual FROM pg_policies ORDER BY tablename, policyname`,
    );
  } finally {
    await fresh.drop();
  }
};

test('a table that somebody holds keeps row-level security from no other, and holds nobody up at those that have it', async () => {
  const migrating = runMigrations(database.url);
  await untilItWaits();
  // Its own policies stand, and whoever wants all of it to himself gets it.
  expect(await query(`SELECT relrowsecurity FROM pg_class WHERE oid = 'runs'::regclass`)).toEqual([
    { relrowsecurity: true },
  ]);
  await query(`DO $$ BEGIN LOCK TABLE runs, connections, audit_entries IN ACCESS EXCLUSIVE MODE NOWAIT; END $$`);
  await holder.query('COMMIT');
  expect(await migrating).toEqual(migrations.slice(own).map(({ name }) => name));
  expect(await policies()).toEqual(await wholePolicies());
});

test('a migration that died halfway is repeated to the same end', async () => {
  const dying = expect(runMigrations(database.url)).rejects.toThrow();
  await untilItWaits();
  await query(`SELECT pg_terminate_backend(pid) ${MIGRATING}`);
  await dying;
  expect(await query(`SELECT name FROM migrations WHERE name LIKE 'RowSecurity%'`)).toEqual([]);
  expect(await policies()).not.toEqual([]);
  await holder.query('COMMIT');
  expect(await runMigrations(database.url)).toEqual(migrations.slice(own).map(({ name }) => name));
  expect(await policies()).toEqual(await wholePolicies());
});
