import { ConfigError, loadConfig } from '#libs/config';
import { runMigrations } from './data-source.js';

/** `npm run migrate`: brings the database up to date and exits. */
const config = loadConfig();
const databaseUrl = config.migrationDatabaseUrl ?? config.databaseUrl;
if (databaseUrl === undefined) throw new ConfigError('DATABASE_URL is not set: there is no database to migrate.');
const ran = await runMigrations(databaseUrl);
console.log(ran.length === 0 ? 'The schema is up to date.' : `Migrated: ${ran.join(', ')}`);
