import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createBareDatabase, queryOnce, type ServiceProcess, startService, type TestDatabase } from '#libs/testing';
import { migrations, migrationSource } from '../../migrations/data-source.js';
import { MigrateProcess } from './migrate-process.js';

const all = migrations.map(({ name }) => name);
/** What it changes exists before it: somebody may be in its way. */
const blocked = all.findIndex((name) => name.startsWith('VaultRotation'));
const TABLE_IN_ITS_WAY = 'vault_secrets';

let database: TestDatabase;
let services: ServiceProcess[];
/** Of one deployment: processes with different keys would not start on one database. */
let env: Record<string, string>;

beforeEach(async () => {
  database = await createBareDatabase();
  services = [];
  env = { VAULT_KEYRING: `k1:${randomBytes(32).toString('base64')}` };
});
afterEach(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await database.drop();
});

async function applied(): Promise<string[]> {
  const rows = await queryOnce(database.url, 'SELECT name FROM migrations ORDER BY id');
  return rows.map(({ name }) => String(name));
}

/** Waits until each says that it is ready. */
async function startAll(...roles: string[]): Promise<void> {
  const started = roles.map((role) => startService({ databaseUrl: database.url, env: { ...env, ROLES: role } }));
  for (const start of await Promise.allSettled(started)) {
    if (start.status === 'rejected') throw start.reason;
    services.push(start.value);
  }
}

const waitingForLock = () =>
  queryOnce(
    database.url,
    `SELECT query FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'gatehouse-migrate' AND wait_event_type = 'Lock'
        AND query NOT LIKE '%advisory%'`,
  );

test('processes of every role that start at once on an empty database: one migrates, each once, and all get ready', async () => {
  const commands = [MigrateProcess.start(database.url), MigrateProcess.start(database.url)];
  await startAll('api', 'worker', 'api,worker');
  const outputs = await Promise.all(commands.map((command) => command.done()));
  expect(await applied()).toEqual(all);
  // Whoever came too late to migrate says so, and nobody ran a part of it.
  for (const output of outputs) {
    const names = all.filter((name) => output.includes(name));
    expect([0, all.length]).toContain(names.length);
    if (names.length === 0) expect(output).toContain('up to date');
  }
});

test('one that is killed in the middle of migrating leaves whole migrations, and the next goes on from there', async () => {
  const source = await migrationSource(database.url, migrations.slice(0, blocked - 2)).initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.destroy();
  const other = new Client({ connectionString: database.url });
  await other.connect();
  try {
    await other.query('BEGIN');
    await other.query(`LOCK TABLE ${TABLE_IN_ITS_WAY} IN ACCESS SHARE MODE`);
    const command = MigrateProcess.start(database.url);
    await vi.waitFor(async () => expect(await waitingForLock()).not.toEqual([]), { timeout: 30_000, interval: 10 });
    await command.kill();
    expect(await applied()).toEqual(all.slice(0, blocked));
    const next = MigrateProcess.start(database.url);
    const starting = startAll('api', 'worker');
    await vi.waitFor(async () => expect(await waitingForLock()).not.toEqual([]), { timeout: 30_000, interval: 10 });
    await other.query('COMMIT');
    await starting;
    await next.done();
  } finally {
    await other.end();
  }
  expect(await applied()).toEqual(all);
});
