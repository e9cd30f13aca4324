import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError, escapeIdentifier } from 'pg';
import { queryOnce } from './query-once.js';

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** object_in_use, and insufficient_privilege to end a process of the server's own. */
const IN_USE = new Set(['55006', '42501']);
const ATTEMPTS = 50;
const POLL_MILLISECONDS = 50;

/** A migrated, empty database of one's own: one for each spec file. */
export function createTestDatabase(): Promise<TestDatabase> {
  return create();
}

/** A database of one's own that no migration has seen. */
export function createBareDatabase(): Promise<TestDatabase> {
  return create('template1');
}

async function create(template?: string): Promise<TestDatabase> {
  // Imported late: the demo uses this library too, and has no use for Vitest.
  const { inject } = await import('vitest');
  const migrated = new URL(inject('templateDatabaseUrl'));
  const name = `test_${randomBytes(8).toString('hex')}`;
  const admin = withDatabase(migrated, 'gatehouse');
  const source = template ?? migrated.pathname.slice(1);
  await unlessInUse(admin, `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE ${escapeIdentifier(source)}`);
  return {
    url: withDatabase(migrated, name),
    drop: async () => {
      await unlessInUse(admin, `DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
    },
  };
}

/** PostgreSQL clones and drops no database that somebody is connected to, be it for the moment of a look by autovacuum, which we may not end. */
async function unlessInUse(admin: string, statement: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await queryOnce(admin, statement);
      return;
    } catch (error) {
      if (!(error instanceof DatabaseError) || !IN_USE.has(error.code ?? '') || attempt === ATTEMPTS) throw error;
      await delay(POLL_MILLISECONDS);
    }
  }
}

function withDatabase(server: URL, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
