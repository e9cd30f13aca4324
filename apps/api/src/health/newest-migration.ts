import { migrations } from '../../../../migrations/data-source.js';

/** Name of the last migration that this build brings. */
export const newestMigration: string = migrations.at(-1)?.name ?? '';
