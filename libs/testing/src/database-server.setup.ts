import type { TestProject } from 'vitest/node';
import { type EmbeddedServer, startEmbeddedServer } from '#libs/database';
import { temporaryFolder } from './temporary-folder.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of the database that createTestDatabase() clones. */
    templateDatabaseUrl: string;
  }
}

/** Nobody misses this data after a crash, so the server need not wait for the disk. */
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' };

/** Vitest's global setup: one server for all spec files, with one migrated database to clone. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = temporaryFolder('test-database');
  let server: EmbeddedServer | undefined;
  const tearDown = async () => {
    await server?.discard();
    folder.remove();
  };
  try {
    server = await startEmbeddedServer({ dataDir: folder.path, settings: SETTINGS });
    const template = await server.createDatabase('template_migrated');
    const { runMigrations } = await import('../../../migrations/data-source.js');
    await runMigrations(template);
    project.provide('templateDatabaseUrl', template);
  } catch (error) {
    await tearDown();
    throw error;
  }
  return tearDown;
}
