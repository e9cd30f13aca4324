import { chmod, lstat, mkdir, mkdtemp, readlink, realpath, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { canEnter, serverAccount, type ServerAccount } from './embedded-account.js';
import { EmbeddedServerError, errorCode, type Progress } from './embedded-error.js';

export interface EmbeddedHome {
  /** Holds the cluster, the server's log and, where needed, a copy of the binaries. */
  folder: string;
  /** The PostgreSQL data directory; absent before the first start. */
  cluster: string;
  account: ServerAccount | undefined;
}

const OUTSIDE = '/var/lib/gatehouse';

/**
 * Finds or chooses the folder that holds the data: `dataDir` itself, unless PostgreSQL runs under another account that
 * cannot enter it. Then it is a folder outside, to which `dataDir/postgres` is a link: the link finds the same data at
 * the next start, and whoever deletes `dataDir` gets a fresh cluster.
 */
export async function openHome(dataDir: string, progress: Progress): Promise<EmbeddedHome> {
  await mkdir(dataDir, { recursive: true });
  const root = await realpath(dataDir);
  const link = join(root, 'postgres');
  const found = await existingCluster(link, progress);
  const account = await serverAccount(found === undefined ? undefined : await ownerOf(found));
  if (found) {
    await refuseForeignCluster(found, account);
    return { folder: dirname(found), cluster: found, account };
  }
  if (!account || (await canEnter(account, root))) return { folder: root, cluster: link, account };

  const folder = await makeOutsideFolder(account);
  try {
    await symlink(join(folder, 'postgres'), link);
  } catch (error) {
    await rm(folder, { recursive: true });
    // Another first start won the race for the link: its choice holds for both.
    if (errorCode(error) === 'EEXIST') return openHome(dataDir, progress);
    throw error;
  }
  progress(
    `PostgreSQL runs as ${account.name}, who cannot enter ${root}: its data is kept in ${folder}, found through the link ${link}.`,
  );
  return { folder, cluster: join(folder, 'postgres'), account };
}

/** Where the cluster is or, after a first start that was interrupted, will be. */
async function existingCluster(link: string, progress: Progress): Promise<string | undefined> {
  const status = await lstat(link).catch(ignoreMissing);
  if (!status?.isSymbolicLink()) return status && link;
  const target = await readlink(link);
  if (await stat(dirname(target)).catch(ignoreMissing)) return target;
  progress(`The data that ${link} points to is gone: a fresh cluster takes its place.`);
  await rm(link);
  return undefined;
}

async function ownerOf(cluster: string): Promise<{ uid: number; gid: number } | undefined> {
  const status = await stat(cluster).catch(ignoreMissing);
  return status && { uid: status.uid, gid: status.gid };
}

async function refuseForeignCluster(cluster: string, account: ServerAccount | undefined): Promise<void> {
  if (account) {
    if (await canEnter(account, dirname(cluster))) return;
    throw new EmbeddedServerError(
      `The data in ${cluster} belongs to ${account.name}, who cannot enter that folder: open the folders above it, move it, or set DATABASE_URL.`,
    );
  }
  const owner = await ownerOf(cluster);
  if (!owner || owner.uid === process.getuid?.()) return;
  throw new EmbeddedServerError(
    `The data in ${cluster} belongs to another account (uid ${owner.uid}): start as that account or as root, use another DATA_DIR, or set DATABASE_URL.`,
  );
}

async function makeOutsideFolder(account: ServerAccount): Promise<string> {
  const folder = await makeIn(OUTSIDE, account).catch(() => makeIn(tmpdir(), account));
  // The account passes through; only root writes here.
  await chmod(folder, 0o711);
  return folder;
}

async function makeIn(base: string, account: ServerAccount): Promise<string> {
  const made = await mkdir(base, { recursive: true });
  if (made) await chmod(base, 0o755);
  if (!(await canEnter(account, base)))
    throw new EmbeddedServerError(`${account.name} cannot enter ${base}: set DATABASE_URL.`);
  return mkdtemp(base === OUTSIDE ? `${base}/` : join(base, 'gatehouse-'));
}

function ignoreMissing(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
}
