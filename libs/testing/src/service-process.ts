import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { freePort } from './free-port.js';
import { asServiceAccount } from './service-account.js';
import { temporaryFolder } from './temporary-folder.js';

export interface ServiceOptions {
  /** By the account that owns the tables: it migrates. */
  databaseUrl: string;
  /** What the service itself connects as, by default `service`: it owns nothing. */
  account?: 'service' | 'owner';
  /** Added to, or in place of, what a test service gets. Undefined removes a variable. */
  env?: Record<string, string | undefined>;
  /** Relative to the checkout. */
  script?: string;
  /** Whether what it answers is held to docs/openapi.json: by default in tests. Not where answers are timed. */
  checksResponses?: boolean;
}

export interface ServiceProcess {
  url: string;
  pid: number;
  adminToken: string;
  /** Lines of both outputs so far, in order of arrival. */
  logs(): string[];
  /** Sends SIGTERM, or `signal`. @returns the exit code; null when a signal ended it. @throws when an answer was not as the API document says */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** SIGKILL: as a crash, with no chance to finish anything. */
  kill(): Promise<void>;
}

const READY_SECONDS = 60;
const POLL_MILLISECONDS = 50;
const CHECK_RESPONSES = ['--import', pathToFileURL(join('libs', 'testing', 'src', 'response-check-preload.mjs')).href];
const OFF_THE_DOCUMENT = 'OFF THE API DOCUMENT: ';
/** All that passes from the test's own environment: a variable of the developer's shell must not change a test. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'NODE_EXTRA_CA_CERTS'];

/**
 * Starts the built product as a process of its own and waits until it says that it is ready.
 * @throws with its output when it exits before, or is not ready in a minute.
 */
export async function startService(options: ServiceOptions): Promise<ServiceProcess> {
  const adminToken = randomBytes(32).toString('base64url');
  // What one service leaves there, another would take up at its start.
  const ownFolder = options.env && 'DATA_DIR' in options.env ? null : temporaryFolder('service');
  const env = await serviceEnvironment(options, adminToken, ownFolder?.path);
  const { checksResponses = process.env.VITEST !== undefined } = options;
  const checks = checksResponses ? CHECK_RESPONSES : [];
  const child = spawn(process.execPath, [...checks, options.script ?? 'dist/apps/api/src/service/main.js'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const output of [child.stdout, child.stderr]) collectLines(output, lines);
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  void exited.then(() => ownFolder?.remove());
  // Without this, a test run that is cut short would leave its services running.
  const killWithOwner = () => child.kill('SIGKILL');
  process.once('exit', killWithOwner);
  void exited.then(() => process.off('exit', killWithOwner));
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const code = await exited;
    const off = lines.filter((line) => line.startsWith(OFF_THE_DOCUMENT));
    if (off.length > 0) throw new Error([...new Set(off)].join('\n'));
    return code;
  };

  const url = `http://127.0.0.1:${env.PORT}`;
  await untilReady(url, child, lines).catch(async (error: unknown) => {
    await end('SIGKILL');
    throw error;
  });
  return {
    url,
    pid: child.pid ?? 0,
    adminToken: env.ADMIN_TOKEN ?? adminToken,
    logs: () => [...lines],
    stop: (signal = 'SIGTERM') => end(signal),
    kill: async () => {
      await end('SIGKILL');
    },
  };
}

async function serviceEnvironment(
  options: ServiceOptions,
  adminToken: string,
  dataDir: string | undefined,
): Promise<NodeJS.ProcessEnv> {
  const { DATABASE_URL: databaseUrl = options.databaseUrl, ...changes } = options.env ?? {};
  const port = changes.PORT ?? String(await freePort());
  return {
    ...Object.fromEntries(INHERITED.map((name) => [name, process.env[name]])),
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: port,
    PUBLIC_URL: `http://localhost:${port}`,
    ADMIN_TOKEN: adminToken,
    VAULT_KEYRING: `k1:${randomBytes(32).toString('base64')}`,
    ...(await databases(databaseUrl, options.account)),
    // A folder that is not there: the apps that ship would be read anew for each database.
    APPS_DIR: join(tmpdir(), 'gatehouse-no-apps'),
    ...(dataDir !== undefined && { DATA_DIR: dataDir }),
    ...changes,
  };
}

async function databases(ownerUrl: string, account: ServiceOptions['account']): Promise<NodeJS.ProcessEnv> {
  // A script that has no use for one.
  if (account === 'owner' || ownerUrl === '') return { DATABASE_URL: ownerUrl };
  return { DATABASE_URL: await asServiceAccount(ownerUrl), MIGRATION_DATABASE_URL: ownerUrl };
}

function collectLines(output: Readable, lines: string[]): void {
  createInterface({ input: output }).on('line', (line) => lines.push(line));
}

async function untilReady(url: string, child: ChildProcess, lines: string[]): Promise<void> {
  const deadline = Date.now() + READY_SECONDS * 1000;
  let spawnError: Error | undefined;
  child.once('error', (error) => (spawnError = error));
  for (;;) {
    const ready = await fetch(`${url}/health/ready`).catch(() => undefined);
    await ready?.body?.cancel();
    if (ready?.status === 200) return;
    if (spawnError) throw spawnError;
    const output = `\n${lines.slice(-40).join('\n')}`;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`The service ended with ${child.signalCode ?? child.exitCode} before it was ready.${output}`);
    }
    if (Date.now() > deadline) throw new Error(`The service was not ready after ${READY_SECONDS} s.${output}`);
    await delay(POLL_MILLISECONDS);
  }
}
