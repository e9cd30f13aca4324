import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { queryOnce, temporaryFolder } from '#libs/testing';
import { type EmbeddedServer, startEmbeddedServer } from './embedded-server.js';

const FAST = { fsync: 'off' };
const isRoot = process.getuid?.() === 0;
const folder = temporaryFolder('embedded');
const base = folder.path;

afterAll(() => folder.remove());

describe('start', () => {
  test('a second start keeps the data and the password', async () => {
    const dataDir = join(base, 'kept');
    const first = await startEmbeddedServer({ dataDir, settings: FAST });
    await queryOnce(first.url, "CREATE TABLE note AS SELECT 'kept' AS text");
    await first.stop();

    const second = await startEmbeddedServer({ dataDir, settings: FAST });
    const rows = await queryOnce(second.url, 'SELECT text FROM note');
    await second.stop();
    expect(rows).toEqual([{ text: 'kept' }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(lstatSync(join(dataDir, 'postgres-password')).mode & 0o777).toBe(0o600);
  });

  test('the account of the URL is no superuser, so row-level security holds for it, and makes databases', async () => {
    await using server = await running({ dataDir: join(base, 'rights') });
    const [account] = await queryOnce(
      server.url,
      'SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user',
    );
    expect(account).toEqual({ rolsuper: false, rolbypassrls: false });
    const other = await server.createDatabase('other');
    const [database] = await queryOnce(
      other,
      "SELECT current_database() AS name, datcollate, current_setting('server_encoding') AS encoding FROM pg_database WHERE datname = current_database()",
    );
    expect(database).toEqual({ name: 'other', datcollate: 'C', encoding: 'UTF8' });
  });

  test('a wrong password is refused, and nothing listens but 127.0.0.1', async () => {
    const dataDir = join(base, 'auth');
    await using server = await running({ dataDir });
    const url = new URL(server.url);
    url.password = 'wrong';
    await expect(queryOnce(url.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
    const [, , , port, socketFolder, address] = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split(
      '\n',
    );
    expect([port, socketFolder, address]).toEqual([url.port, '', '127.0.0.1']);
  });

  test('an interrupted first start does not break the next', async () => {
    const dataDir = join(base, 'interrupted');
    mkdirSync(join(dataDir, 'postgres-draft-0', 'data'), { recursive: true });
    await using server = await running({ dataDir });
    expect(await queryOnce(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(existsSync(join(dataDir, 'postgres-draft-0'))).toBe(false);
  });

  test('data of another major version is refused in one sentence', async () => {
    const dataDir = join(base, 'version');
    mkdirSync(join(dataDir, 'postgres'), { recursive: true });
    writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '9\n');
    // For root the owner of the data runs the server; root itself owns this one, which then counts for nothing.
    await expect(startEmbeddedServer({ dataDir })).rejects.toThrow(/written by PostgreSQL 9 and .* is PostgreSQL 18/);
  });
});

describe.skipIf(!isRoot)('as root, with a data folder that is closed to others (skipped for other users)', () => {
  test('the data is kept outside, found again, forgotten with its folder, and discarded with it', async () => {
    const closed = join(base, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const dataDir = join(closed, '.data');
    const link = join(dataDir, 'postgres');
    const said: string[] = [];
    const first = await startEmbeddedServer({ dataDir, settings: FAST, progress: (sentence) => said.push(sentence) });
    const outside = dirname(readlinkSync(link));
    try {
      expect(said[0]).toContain(`its data is kept in ${outside}`);
      await queryOnce(first.url, 'CREATE TABLE note (n int)');
      await first.stop();
      const { mode, uid } = lstatSync(join(outside, 'postgres'));
      expect([mode & 0o777, uid === 0]).toEqual([0o700, false]);

      const second = await startEmbeddedServer({ dataDir, settings: FAST });
      const rows = await queryOnce(second.url, 'SELECT n FROM note');
      await second.stop();
      expect(rows).toEqual([]);

      rmSync(dataDir, { recursive: true });
      const fresh = await startEmbeddedServer({ dataDir, settings: FAST });
      const [note] = await queryOnce(fresh.url, "SELECT to_regclass('note') AS found");
      const freshOutside = dirname(readlinkSync(link));
      await fresh.discard();
      expect(note).toEqual({ found: null });
      expect([dataDir, freshOutside].filter(existsSync)).toEqual([]);
    } finally {
      await first.stop();
      rmSync(outside, { recursive: true });
    }
  });
});

async function running(options: Parameters<typeof startEmbeddedServer>[0]): Promise<EmbeddedServer & AsyncDisposable> {
  const server = await startEmbeddedServer({ settings: FAST, ...options });
  return { ...server, [Symbol.asyncDispose]: () => server.stop() };
}
