import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { identityOf } from './embedded-account.js';
import { SERVER_ENVIRONMENT, type ServerBinaries } from './embedded-binaries.js';
import { EmbeddedServerError, errorCode } from './embedded-error.js';
import type { EmbeddedHome } from './embedded-home.js';

export const SUPERUSER = 'postgres';

const PASSWORD_FILE = 'postgres-password';
const DRAFT_PREFIX = 'postgres-draft-';

const run = promisify(execFile);

/**
 * Makes the cluster at the first start, checks it at every other.
 * @returns the password of its accounts, kept in a file of `dataDir` that only its owner reads.
 */
export async function openCluster(home: EmbeddedHome, binaries: ServerBinaries, dataDir: string): Promise<string> {
  const passwordFile = join(dataDir, PASSWORD_FILE);
  await removeDrafts(home.folder);
  if (!(await exists(home.cluster))) {
    const password = randomBytes(24).toString('base64url');
    await rm(passwordFile, { force: true });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    await initialise(home, binaries, password);
    return password;
  }
  await checkVersion(home.cluster, binaries.major);
  const password = await readFile(passwordFile, 'utf8').catch(() => '');
  if (password.trim() !== '') return password.trim();
  throw wrongPassword(dataDir);
}

export function wrongPassword(dataDir: string): EmbeddedServerError {
  const passwordFile = join(dataDir, PASSWORD_FILE);
  return new EmbeddedServerError(
    `The password of the data in ${dataDir} should be in ${passwordFile} and is not: put it back, or delete ${dataDir} to start afresh.`,
  );
}

/** The cluster appears under its name only when it is complete: an interrupted start leaves a draft, no more. */
async function initialise(home: EmbeddedHome, binaries: ServerBinaries, password: string): Promise<void> {
  const draft = join(home.folder, `${DRAFT_PREFIX}${randomBytes(6).toString('hex')}`);
  const passwordFile = join(draft, 'password');
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (home.account) {
    await chown(draft, home.account.uid, home.account.gid);
    await chown(passwordFile, home.account.uid, home.account.gid);
  }
  const data = join(draft, 'data');
  try {
    await initdb(binaries.initdb, data, passwordFile, home);
    await chmod(data, 0o700);
    await rename(data, home.cluster);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** At every start: the initdb of a killed owner may have gone on writing into its draft during the last one. */
async function removeDrafts(folder: string): Promise<void> {
  const drafts = (await readdir(folder)).filter((name) => name.startsWith(DRAFT_PREFIX));
  const remove = (name: string) => rm(join(folder, name), { recursive: true, force: true });
  await Promise.allSettled(drafts.map(remove));
}

async function initdb(program: string, data: string, passwordFile: string, home: EmbeddedHome): Promise<void> {
  const settings = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', `--username=${SUPERUSER}`];
  // Without syncing the disk at each file: a machine that crashes during the very first start makes it start over.
  const flags = [`--pgdata=${data}`, `--pwfile=${passwordFile}`, '--no-sync', '--no-instructions', ...settings];
  try {
    await run(program, flags, { env: SERVER_ENVIRONMENT, cwd: '/', ...identityOf(home.account) });
  } catch (cause) {
    const output = (cause as { stderr?: string }).stderr?.trim() || (cause as Error).message;
    throw new EmbeddedServerError(`PostgreSQL could not create its data in ${data}: ${output}`, { cause });
  }
}

async function checkVersion(cluster: string, major: string): Promise<void> {
  const written = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => '');
  if (written.trim() === major) return;
  throw new EmbeddedServerError(
    written.trim() === ''
      ? `${cluster} is not the data directory of a PostgreSQL server: move it away, or use another DATA_DIR.`
      : `The data in ${cluster} was written by PostgreSQL ${written.trim()} and the embedded server is PostgreSQL ${major}: dump and restore it, move it away, or set DATABASE_URL.`,
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    },
  );
}
