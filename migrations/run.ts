import { ConfigError, loadConfig } from '#libs/config';
import { databaseFault } from '#libs/database';
import { runMigrations } from './data-source.js';

/** `npm run migrate`: brings the database up to date and exits. */
try {
  const config = loadConfig();
  const databaseUrl = config.migrationDatabaseUrl ?? config.databaseUrl;
  if (databaseUrl === undefined)
    throw new ConfigError('There is no database to migrate. Set DATABASE_URL, or MIGRATION_DATABASE_URL.');
  const ran = await runMigrations(databaseUrl, (sentence) => console.error(`${sentence}.`));
  console.log(ran.length === 0 ? 'The schema is up to date.' : `Migrated: ${ran.join(', ')}`);
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : (databaseFault(error) ?? error));
  process.exitCode = 1;
}
