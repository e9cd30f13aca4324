import { execFile, execFileSync, type ExecFileOptions, spawn } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, queryOnce, type TemporaryFolder, temporaryFolder } from '#libs/testing';

const PROGRAMS = ['postgres', 'initdb', 'pg_dump', 'pg_dumpall', 'pg_restore', 'psql'];
/** Where packages put them: Debian and its kin, Red Hat's, Homebrew's. */
const FOLDERS = ['/usr/lib/postgresql', '/usr', '/opt/homebrew/opt', '/usr/local/opt'];
const OLDEST_MAJOR = 15;
/** For these tests alone: the server listens on loopback and lives for a minute. */
const PASSWORD = 'for-this-test';
const POLL_MILLISECONDS = 50;

const run = promisify(execFile);

/** @returns the folder of an installed PostgreSQL with its server and its tools, or null */
export function installedPostgres(): string | null {
  const folders = FOLDERS.filter(existsSync).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /^(\d+|pgsql-\d+|postgresql@\d+)$/.test(name))
      .map((name) => join(folder, name, 'bin')),
  );
  const complete = folders.filter((folder) => PROGRAMS.every((program) => existsSync(join(folder, program))));
  return complete.sort().findLast((folder) => majorOf(folder) >= OLDEST_MAJOR) ?? null;
}

/** A server of the machine's own PostgreSQL, as an operator runs it: the service's account has no superuser rights. */
export class InstalledServer implements AsyncDisposable {
  /** Of the service's account. */
  readonly url: string;
  /** Row-level security holds for no superuser: its dump is whole. */
  readonly superuserUrl: string;
  #stop = () => Promise.resolve();

  private constructor(
    private readonly folder: TemporaryFolder,
    port: number,
  ) {
    this.url = `postgres://gatehouse:${PASSWORD}@127.0.0.1:${port}/gatehouse`;
    this.superuserUrl = `postgres://postgres@127.0.0.1:${port}/gatehouse`;
  }

  static async start(bin: string): Promise<InstalledServer> {
    const port = await freePort();
    const server = new InstalledServer(temporaryFolder('installed'), port);
    const data = join(server.folder.path, 'data');
    const account = accountOf(server.folder.path);
    const settings = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
    await run(join(bin, 'initdb'), [`--pgdata=${data}`, ...settings], account);
    const flags = ['-p', String(port), '-h', '127.0.0.1', '-k', '', '-F'];
    const child = spawn(join(bin, 'postgres'), ['-D', data, ...flags], { ...account, stdio: 'ignore' });
    const exited = new Promise((resolve) => child.once('close', resolve));
    const endWithOwner = () => child.kill('SIGQUIT');
    process.once('exit', endWithOwner);
    server.#stop = async () => {
      child.kill('SIGINT');
      await exited;
      process.off('exit', endWithOwner);
    };
    const maintenance = server.superuserUrl.replace(/gatehouse$/, 'postgres');
    await answers(maintenance);
    await queryOnce(maintenance, `CREATE ROLE gatehouse LOGIN CREATEROLE PASSWORD '${PASSWORD}'`);
    await queryOnce(maintenance, `CREATE DATABASE gatehouse OWNER gatehouse`);
    return server;
  }

  async stop(): Promise<void> {
    await this.#stop();
    this.#stop = () => Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.folder.remove();
  }
}

function majorOf(folder: string): number {
  const version = execFileSync(join(folder, 'pg_dump'), ['--version'], { encoding: 'utf8' });
  return Number(/\) (\d+)/.exec(version)?.[1]);
}

/** PostgreSQL refuses to run as root. */
function accountOf(folder: string): ExecFileOptions {
  if (process.getuid?.() !== 0) return { cwd: folder };
  const [uid, gid] = [idOf('-u'), idOf('-g')];
  chownSync(folder, uid, gid);
  return { cwd: folder, uid, gid };
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
}

async function answers(url: string): Promise<void> {
  for (let tries = 200; ; tries -= 1) {
    try {
      await queryOnce(url, 'SELECT 1');
      return;
    } catch (error) {
      if (tries === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
    }
  }
}
