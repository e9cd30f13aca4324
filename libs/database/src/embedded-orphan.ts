import { execFile } from 'node:child_process';
import { readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EmbeddedServerError, errorCode, type Progress } from './embedded-error.js';

const POLL_MILLISECONDS = 20;
const FAST_SHUTDOWN_SECONDS = 30;
const IMMEDIATE_SHUTDOWN_SECONDS = 10;

const run = promisify(execFile);

/**
 * Ends the server that a killed owner left running on `cluster`, and removes the pid file that a crash of the machine
 * left there. The caller holds the lock, so no living owner needs either.
 */
export async function stopOrphan(cluster: string, progress: Progress): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  const pid = Number((await readPidFile(pidFile)).split('\n')[0]);
  if (!(pid > 1)) return;
  if (!(await servesCluster(pid, cluster))) {
    // PostgreSQL would refuse to start when the number now belongs to some other process.
    await rm(pidFile, { force: true });
    return;
  }
  progress(`A PostgreSQL server that was left running on ${cluster} is stopped first.`);
  if (await endsAfter('SIGINT', FAST_SHUTDOWN_SECONDS, pid, cluster)) return;
  if (await endsAfter('SIGQUIT', IMMEDIATE_SHUTDOWN_SECONDS, pid, cluster)) return;
  throw new EmbeddedServerError(
    `The PostgreSQL server left running on ${cluster} (process ${pid}) does not stop: end it by hand.`,
  );
}

async function readPidFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  });
}

async function endsAfter(signal: NodeJS.Signals, seconds: number, pid: number, cluster: string): Promise<boolean> {
  process.kill(pid, signal);
  const deadline = Date.now() + seconds * 1000;
  while (await servesCluster(pid, cluster)) {
    if (Date.now() > deadline) return false;
    await delay(POLL_MILLISECONDS);
  }
  return true;
}

/** A server's working folder is its data directory. A zombie has none, so one that nobody reaps counts as ended. */
async function servesCluster(pid: number, cluster: string): Promise<boolean> {
  if (process.platform !== 'linux') return commandNames(pid, cluster);
  try {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8');
    return name.trim() === 'postgres' && (await readlink(`/proc/${pid}/cwd`)) === cluster;
  } catch {
    return false;
  }
}

async function commandNames(pid: number, cluster: string): Promise<boolean> {
  const listing = await run('ps', ['-ww', '-p', String(pid), '-o', 'command=']).catch(() => ({ stdout: '' }));
  return listing.stdout.includes(`postgres -D ${cluster} `);
}
