import { Client } from 'pg';
import { expect, test, vi } from 'vitest';
import { createBareDatabase, queryOnce } from '#libs/testing';
import { migrations, migrationSource, runMigrations } from '../../migrations/data-source.js';

const all = migrations.map(({ name }) => name);
/** Changes a table that is there before it. */
const blocked = all.findIndex((name) => name.startsWith('VaultRotation'));

test('a migration that waits for a long transaction lets others at its table meanwhile, says so, and is done after it', async () => {
  const database = await createBareDatabase();
  const source = await migrationSource(database.url, migrations.slice(0, blocked)).initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.destroy();
  const reader = new Client({ connectionString: database.url });
  await reader.connect();
  const waiting = () =>
    queryOnce(
      database.url,
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'gatehouse-migrate'
          AND wait_event_type = 'Lock'`,
    );
  try {
    await reader.query('BEGIN');
    await reader.query('LOCK TABLE vault_secrets IN ACCESS SHARE MODE');
    const told = vi.fn();
    const migrating = runMigrations(database.url, told);
    await vi.waitFor(async () => expect(await waiting()).toHaveLength(1), { timeout: 10_000, interval: 5 });
    // Behind the migration in the queue; the transaction before it goes on all the while.
    expect(await queryOnce(database.url, 'SELECT count(*)::int AS count FROM vault_secrets')).toEqual([{ count: 0 }]);
    await vi.waitFor(() => expect(told).toHaveBeenCalled(), { timeout: 10_000, interval: 5 });
    await reader.query('COMMIT');
    expect(await migrating).toEqual(all.slice(blocked));
    expect(told.mock.calls).toEqual([[expect.stringContaining('waits for a table')]]);
  } finally {
    await reader.end();
    await database.drop();
  }
});
