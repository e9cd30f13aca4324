import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { vi } from 'vitest';

const READY_SECONDS = 90;
const START_SCRIPT = 'apps/demo/start.mjs';

/** `npm start` without npm: the script that it runs, as the leader of a process group of its own. */
export class DemoProcess {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;

  constructor(
    private readonly dataDir: string,
    private readonly port: number,
  ) {
    const { PATH, HOME, TMPDIR } = process.env;
    const env = { PATH, HOME, TMPDIR, DATA_DIR: dataDir, PORT: String(port) };
    const child = spawn(process.execPath, [START_SCRIPT], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const output of [child.stdout, child.stderr]) {
      createInterface({ input: output }).on('line', (line) => this.lines.push(line));
    }
    const killWithOwner = () => child.kill('SIGKILL');
    process.once('exit', killWithOwner);
    this.#exited = new Promise((resolve) => {
      child.once('close', (code) => {
        process.off('exit', killWithOwner);
        resolve(code);
      });
    });
    this.#child = child;
  }

  get notesUrl(): string {
    return `http://localhost:${this.port + 1}`;
  }

  get crmUrl(): string {
    return `http://localhost:${this.port + 2}`;
  }

  get output(): string {
    return this.lines.join('\n');
  }

  /** Waits for the line that tells where to go. */
  async ready(): Promise<this> {
    const options = { timeout: READY_SECONDS * 1000, interval: 50 };
    await vi.waitUntil(() => this.#child.exitCode !== null || /^Ready after .* Open /m.test(this.output), options);
    if (this.#child.exitCode !== null) throw new Error(`It ended with ${this.#child.exitCode}.\n${this.output}`);
    return this;
  }

  exitCode(): Promise<number | null> {
    return this.#exited;
  }

  /** As Ctrl-C does: the signal goes to the whole group. */
  interrupt(): Promise<number | null> {
    process.kill(-this.#pid, 'SIGINT');
    return this.#exited;
  }

  /** The process that was started, and nothing that it started. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM');
    await this.#exited;
  }

  /** Whether a process of its group, or the database server that it started, still runs. */
  isAlive(serverPid: number): boolean {
    return exists(-this.#pid) || exists(serverPid);
  }

  /** Of the embedded database server. */
  serverPid(): number {
    return Number(readFileSync(join(this.dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  get #pid(): number {
    return this.#child.pid ?? 0;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
