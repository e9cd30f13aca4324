import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identityOf } from './embedded-account.js';
import { SERVER_ENVIRONMENT, type ServerBinaries } from './embedded-binaries.js';
import { EmbeddedServerError } from './embedded-error.js';
import type { EmbeddedHome } from './embedded-home.js';

export interface ServerProcess {
  port: number;
  stop(): Promise<void>;
}

const POLL_MILLISECONDS = 20;
const PORT_ATTEMPTS = 5;
const FAST_SHUTDOWN_SECONDS = 30;
const IMMEDIATE_SHUTDOWN_SECONDS = 10;
/** Recovery after a crash replays up to a gigabyte of log. */
const READY_SECONDS = 120;

/** Runs the server on a free TCP port of 127.0.0.1, until it accepts connections. */
export async function launchServer(
  home: EmbeddedHome,
  binaries: ServerBinaries,
  settings: Record<string, string>,
): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const started = await tryLaunch(home, binaries, { ...settings, ...listeningOn(port) });
    if ('stop' in started) return { port, ...started };
    // Between our look and its bind, another process may have taken the port.
    if (started.log.includes('could not bind') && attempt < PORT_ATTEMPTS) continue;
    throw new EmbeddedServerError(`PostgreSQL did not start on ${home.cluster}: ${lastLines(started.log)}`);
  }
}

async function tryLaunch(
  home: EmbeddedHome,
  binaries: ServerBinaries,
  settings: Record<string, string>,
): Promise<Pick<ServerProcess, 'stop'> | { log: string }> {
  const logFile = join(home.folder, 'postgres.log');
  const log = await open(logFile, 'w', 0o600);
  const child = spawn(binaries.postgres, ['-D', home.cluster, ...Object.entries(settings).flatMap(toFlag)], {
    ...identityOf(home.account),
    env: SERVER_ENVIRONMENT,
    cwd: '/',
    // A process group of its own: Ctrl-C at the terminal reaches the owner, who stops the server after its clients.
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  const failure = new Promise<string>((resolve) => child.once('error', (error) => resolve(error.message)));
  await log.close();
  if (child.pid === undefined) return { log: await failure };
  const stop = stopper(child);
  if (await becomesReady(child, home.cluster)) return { stop };
  await stop();
  return { log: await readFile(logFile, 'utf8') };
}

/** Stops at the first call; each call resolves once the process is gone. */
function stopper(child: ChildProcess): () => Promise<void> {
  // An owner that ends without stop(), by an uncaught error or process.exit(), still takes its server with it.
  const stopWithOwner = () => child.kill('SIGINT');
  process.once('exit', stopWithOwner);
  child.unref();
  const exited = once(child, 'exit').then(() => process.off('exit', stopWithOwner));
  let stopped: Promise<void> | undefined;
  return () => (stopped ??= shutDown(child, exited));
}

async function shutDown(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.ref();
  for (const [signal, seconds] of [
    ['SIGINT', FAST_SHUTDOWN_SECONDS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_SECONDS],
    ['SIGKILL', IMMEDIATE_SHUTDOWN_SECONDS],
  ] as const) {
    if (hasEnded(child)) return;
    child.kill(signal);
    const timeout = new AbortController();
    await Promise.race([exited, delay(seconds * 1000, undefined, { signal: timeout.signal }).catch(() => {})]);
    timeout.abort();
  }
}

/** The server writes its state into its pid file, which says that it is this process and no other that answers. */
async function becomesReady(child: ChildProcess, cluster: string): Promise<boolean> {
  const deadline = Date.now() + READY_SECONDS * 1000;
  while (!hasEnded(child) && Date.now() < deadline) {
    const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return true;
    await delay(POLL_MILLISECONDS);
  }
  return false;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function listeningOn(port: number): Record<string, string> {
  return { port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '' };
}

function toFlag([name, value]: [string, string]): string[] {
  return ['-c', `${name}=${value}`];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

function lastLines(log: string): string {
  return log.trim().split('\n').slice(-5).join('\n');
}
