import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startEmbeddedServer, type EmbeddedServer } from '#libs/database';
import { queryOnce, temporaryFolder } from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import { Scenario } from '../main-job/scenario.js';
import { Relay } from './relay.js';

/** security.md D1. */
const READY_MILLISECONDS = 10_000;
const MAX_CONNECTIONS = 40;
const LEASE_SECONDS = 45;
const DISK_MEBIBYTES = 160;
const BALLAST_MEBIBYTES = 4;

const folder = temporaryFolder('trouble');
const small = mountSmallDisk(folder.path);
const relay = new Relay();

let server: EmbeddedServer;
let scenario: Scenario;
let ada: EmbedUser;
let authentication: string;

beforeAll(async () => {
  await startDatabase();
  const url = new URL(server.url);
  url.port = String(await relay.listen());
  scenario = await Scenario.start({ databaseUrl: url.href, accessTokenSeconds: 600 });
  ada = await EmbedUser.signIn(scenario.gatehouse, await scenario.enrol(), 'ada');
  authentication = await ada.connectCrm(scenario);
});
afterAll(async () => {
  await scenario?.close();
  await relay.close();
  await server?.discard().catch(() => undefined);
  if (small === null) execFileSync('umount', [folder.path]);
  folder.remove();
});

async function startDatabase(): Promise<void> {
  const settings = { max_connections: String(MAX_CONNECTIONS), max_wal_size: '64MB', min_wal_size: '32MB' };
  server = await startEmbeddedServer({ dataDir: join(folder.path, 'data'), settings });
  relay.target = Number(new URL(server.url).port);
}

/** @returns why there is none, or null: then `path` is a disk of its own */
function mountSmallDisk(path: string): string | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MEBIBYTES}m`, 'tmpfs', path], { stdio: 'ignore' });
    chmodSync(path, 0o755);
    return null;
  } catch {
    return 'this account may mount no disk';
  }
}

const contact = (name: string) => ({ email: `${name}@trouble.test`, list_id: 'lst_leads' });
const create = (name: string) => ada.run('create_contact', authentication, contact(name));
const inCrm = async (name: string) => (await scenario.crmContacts()).split(`>${name}@trouble.test<`).length - 1;
const readiness = async () => (await scenario.gatehouse.get('/health/ready')).status;
const becomesReady = () =>
  vi.waitFor(async () => expect(await readiness()).toBe(200), { timeout: READY_MILLISECONDS, interval: 50 });
/** Superusers have connections kept for them. */
const superuser = () => {
  const url = new URL(server.url);
  url.username = 'postgres';
  return url.href;
};

/** The main job is done as ever, and nothing that was under way is held by anybody who is gone. */
async function allIsWell(name: string): Promise<void> {
  await becomesReady();
  const ended = await ada.ended(await create(name));
  expect(ended.at('data.status')).toBe('success');
  expect(await inCrm(name)).toBe(1);
  const held = `SELECT id FROM run_jobs UNION ALL SELECT id FROM connections WHERE lease_until IS NOT NULL`;
  await vi.waitFor(async () => expect(await queryOnce(server.url, held)).toEqual([]), {
    timeout: (LEASE_SECONDS + 10) * 1000,
    interval: 250,
  });
}

test('SIGKILL of a backend, which ends every connection: the service is ready again, and runs that were under way end', async () => {
  const runs = await Promise.all(['a', 'b', 'c'].map(create));
  const [backend] = await queryOnce(
    server.url,
    `SELECT pid FROM pg_stat_activity WHERE application_name = 'gatehouse' LIMIT 1`,
  );
  const witness = new Client({ connectionString: server.url });
  witness.on('error', () => undefined);
  await witness.connect();
  const cut = new Promise((resolve) => witness.once('end', resolve));
  process.kill(Number(backend?.pid), 'SIGKILL');
  await cut;
  await becomesReady();
  for (const run of runs)
    expect((await ada.ended(run, LEASE_SECONDS + 20)).at('data.state')).toMatch(/^(succeeded|outcome_unknown)$/);
  for (const name of ['a', 'b', 'c']) expect(await inCrm(name)).toBeLessThanOrEqual(1);
  await allIsWell('after-a-backend');
});

test('others take every connection that the server has: the service refuses in its own words, and goes on when they are gone', async () => {
  // Without connections of its own to go on with.
  await queryOnce(superuser(), `ALTER ROLE gatehouse_app CONNECTION LIMIT 0`);
  await queryOnce(
    superuser(),
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gatehouse'`,
  );
  await vi.waitFor(async () => expect(await readiness()).toBe(503), { timeout: READY_MILLISECONDS, interval: 50 });
  const refused = await ada.get('/v2/apps');
  expect(refused.status).toBeGreaterThanOrEqual(500);
  expect(refused.text).not.toMatch(/too many|connections for role|\.js:/);
  await queryOnce(superuser(), `ALTER ROLE gatehouse_app CONNECTION LIMIT -1`);
  await allIsWell('after-a-storm');
});

test('a storm of callers takes no more connections than the pool has, and each gets an answer', async () => {
  const answers = await Promise.all(Array.from({ length: 300 }, () => ada.get('/v2/apps')));
  expect(answers.map(({ status }) => status).filter((status) => status !== 200)).toEqual([]);
  const [row] = await queryOnce(
    superuser(),
    `SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name LIKE 'gatehouse%'`,
  );
  expect(row?.count).toBeLessThan(MAX_CONNECTIONS / 2);
});

test.skipIf(small !== null)(
  `a full disk${small === null ? '' : ` (skipped: ${small})`}: writes fail, nothing that was taken on gets lost, and with room it goes on by itself or after a start of PostgreSQL`,
  async () => {
    const runs = await Promise.all(['d', 'e', 'f'].map(create));
    const ballast = fillDisk();
    const filler = new Client({ connectionString: server.url });
    filler.on('error', () => undefined);
    await filler.connect();
    // Whatever is still free goes into a table, until PostgreSQL says that there is no more.
    const full = filler.query(
      `CREATE TABLE ballast AS SELECT repeat(md5(n::text), 200) FROM generate_series(1, 40000) n`,
    );
    await expect(full).rejects.toThrow(/No space left|terminated|recovery/);
    await filler.end().catch(() => undefined);
    for (const file of ballast) rmSync(file);
    // After a write-ahead log that could not be written it has ended, as an operator finds it.
    await queryOnce(server.url, 'SELECT 1').catch(async () => {
      await server.stop();
      await startDatabase();
    });
    await becomesReady();
    for (const run of runs)
      expect((await ada.ended(run, LEASE_SECONDS + 20)).at('data.state')).toMatch(/^(succeeded|outcome_unknown)$/);
    await allIsWell('after-a-full-disk');
    await queryOnce(superuser(), 'CREATE EXTENSION IF NOT EXISTS amcheck');
    const corrupt = await queryOnce(
      superuser(),
      `SELECT problem.* FROM pg_class, LATERAL verify_heapam(pg_class.oid) problem
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    expect(corrupt).toEqual([]);
  },
);

/** @returns the files that do it */
function fillDisk(): string[] {
  const files: string[] = [];
  const block = Buffer.alloc(BALLAST_MEBIBYTES * 1024 * 1024, 1);
  for (let number = 0; ; number += 1) {
    const file = join(folder.path, `ballast-${number}`);
    files.push(file);
    try {
      writeFileSync(file, block);
    } catch {
      return files;
    }
  }
}
