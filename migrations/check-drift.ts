import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedServer } from '#libs/database';
import { migrationSource, runMigrations, undoMigration } from './data-source.js';

/** `npm run check:migrations`: fails when the entities say anything else than the migrations, or a migration can't be undone. */
const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-drift-'));
const server = await startEmbeddedServer({ dataDir, settings: { fsync: 'off' } });
try {
  await runMigrations(server.url);
  const source = await migrationSource(server.url).initialize();
  const { upQueries } = await source.driver.createSchemaBuilder().log();
  for (const { query } of upQueries) console.error(`missing in the migrations: ${query}`);
  for (const _ of source.migrations) await undoMigration(source);
  const left = await source.query<{ table_name: string }[]>(
    `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`,
  );
  const undone = left.every(({ table_name: name }) => name === 'migrations');
  if (!undone) console.error(`left behind by down(): ${left.map((row) => row.table_name).join(', ')}`);
  await source.destroy();
  process.exitCode = upQueries.length === 0 && undone ? 0 : 1;
  if (process.exitCode === 0) console.log('Entities and migrations agree; every migration can be undone.');
} finally {
  await server.discard();
}
