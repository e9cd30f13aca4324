import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createTenant,
  createTestDatabase,
  freePort,
  queryOnce,
  startTestApp,
  temporaryFolder,
  type TestDatabase,
} from '#libs/testing';
import { Users } from '#libs/tenants';
import { Database } from './database.js';
import { DeadlineClient } from './deadline-client.js';

const POOLER = ['/usr/sbin/pgbouncer', '/usr/local/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'].find((path) =>
  existsSync(path),
);
/** The whole of it is 100,000. */
const REQUESTS = Number(process.env.REQUESTS ?? 4000);
const TENANTS = 50;
const PROCESSES = 20;
const CONNECTIONS_EACH = 10;
const SERVER_CONNECTIONS = 15;

const folder = temporaryFolder('pooler');
const processes: DataSource[] = [];
let testDatabase: TestDatabase;
let pooler: ChildProcess | undefined;
let tenants: string[];

describe.skipIf(!POOLER)('behind a pooler by the transaction (skipped where pgbouncer is not installed)', () => {
  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    await using app = await startTestApp({ databaseUrl: testDatabase.url, imports: [] });
    tenants = [];
    for (let count = 0; count < TENANTS; count += 1) {
      const { id } = await createTenant(app);
      for (const subject of ['ada', 'mia']) await app.get(Users).findOrCreate(id, 'acme', subject);
      tenants.push(id);
    }
    const url = await startPooler(POOLER ?? '', testDatabase.url);
    for (let count = 0; count < PROCESSES; count += 1) processes.push(await startProcess(url));
  });
  afterAll(async () => {
    for (const dataSource of processes) await dataSource.destroy();
    if (pooler) {
      const ended = once(pooler, 'exit');
      pooler.kill('SIGINT');
      await ended;
    }
    await testDatabase?.drop();
    folder.remove();
  });

  it(`${REQUESTS} requests of ${TENANTS} tenants over ${PROCESSES * CONNECTIONS_EACH} connections see no foreign row`, async () => {
    let asked = 0;
    const seen = { own: 0, foreign: 0, unscoped: 0 };
    const client = async (database: Database, dataSource: DataSource) => {
      while (asked < REQUESTS) {
        const turn = (asked += 1);
        const tenantId = tenants[turn % TENANTS] ?? '';
        const rows = await forgetful(database, tenantId, turn);
        for (const row of rows) seen[row.tenantId === tenantId ? 'own' : 'foreign'] += 1;
        if (turn % 10 === 0) seen.unscoped += (await dataSource.query<unknown[]>('SELECT id FROM users')).length;
      }
    };
    await Promise.all(
      processes.flatMap((dataSource) => {
        const database = new Database(dataSource);
        return Array.from({ length: CONNECTIONS_EACH }, () => client(database, dataSource));
      }),
    );
    expect(seen).toEqual({ own: asked * 2, foreign: 0, unscoped: 0 });
    const [server] = await queryOnce(
      testDatabase.url,
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'pooled' AND datname = current_database()`,
    );
    expect(server?.n).toBeLessThanOrEqual(SERVER_CONNECTIONS);
  }, 600_000);
});

/** Statements without a condition, by themselves and in transactions, some behind one that failed on the same connection. */
async function forgetful(database: Database, tenantId: string, turn: number): Promise<{ tenantId: string }[]> {
  const scope = database.of(tenantId);
  const sql = `SELECT tenant_id AS "tenantId" FROM users`;
  if (turn % 7 === 0) await scope.query('SELECT 1 / 0').catch(() => undefined);
  if (turn % 3 > 0) return scope.query(sql);
  return scope.transaction(async (tx) => {
    await tx.query('SELECT 1');
    return tx.query(sql);
  });
}

async function startProcess(url: string): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    applicationName: 'pooled',
    poolSize: CONNECTIONS_EACH,
    extra: { Client: DeadlineClient },
  });
  return dataSource.initialize();
}

async function startPooler(program: string, databaseUrl: string): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const listenPort = await freePort();
  const settings = join(folder.path, 'pgbouncer.ini');
  writeFileSync(
    settings,
    `[databases]
pooled = host=${hostname} port=${port} dbname=${pathname.slice(1)} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = any
pool_mode = transaction
max_client_conn = 300
default_pool_size = ${SERVER_CONNECTIONS}
server_reset_query =
`,
  );
  for (const path of [folder.path, settings]) chmodSync(path, 0o755);
  // It does not run as root.
  const account = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  pooler = spawn(program, [...account, settings], { stdio: 'ignore' });
  const url = `postgres://anybody@127.0.0.1:${listenPort}/pooled`;
  await vi.waitFor(() => queryOnce(url, 'SELECT 1'), { timeout: 20_000, interval: 50 });
  return url;
}
