import { Client } from 'pg';
import { expect, it, vi } from 'vitest';
import { createBareDatabase } from '#libs/testing';
import { migrationSource } from '../../migrations/data-source.js';
import { tellingWhatTakesLong } from '../../migrations/long-work.js';
import { createIndex } from '../../migrations/online.js';

it('a migration that waits for a transaction of somebody else tells how far it is, at what, and who holds it up', async () => {
  const database = await createBareDatabase();
  const other = new Client({ connectionString: database.url });
  await other.connect();
  const source = await migrationSource(database.url).initialize();
  try {
    await source.runMigrations({ transaction: 'each' });
    await other.query('BEGIN');
    await other.query('LOCK TABLE tenants IN ROW EXCLUSIVE MODE');
    const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const told = vi.fn();
    const index = () => createIndex(source.createQueryRunner(), 'by_name', 'tenants (name)');
    const migrating = tellingWhatTakesLong(source, index, told, 100);
    const all = source.migrations.length;
    await vi.waitFor(
      () =>
        expect(told).toHaveBeenCalledWith(
          expect.stringMatching(
            `^Migrating: ${all} of ${all} are done; for \\d+ s at CREATE INDEX CONCURRENTLY .* by_name ON tenants \\(name\\): waiting for .*, held up by the process ${rows[0]?.pid} `,
          ),
        ),
      { timeout: 10_000, interval: 50 },
    );
    await other.query('COMMIT');
    await migrating;
    expect(await source.query(`SELECT indisvalid FROM pg_index WHERE indexrelid = 'by_name'::regclass`)).toEqual([
      { indisvalid: true },
    ]);
  } finally {
    await other.end();
    await source.destroy();
    await database.drop();
  }
});
