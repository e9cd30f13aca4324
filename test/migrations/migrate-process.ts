import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';

/** `npm run migrate` of the built product, as a process of its own. */
export class MigrateProcess {
  #output = '';
  readonly #exited: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => (this.#output += part));
    this.#exited = once(child, 'close');
  }

  static start(databaseUrl: string): MigrateProcess {
    const env = {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      ADMIN_TOKEN: randomBytes(32).toString('base64url'),
      VAULT_KEYRING: `k1:${randomBytes(32).toString('base64')}`,
    };
    return new MigrateProcess(spawn(process.execPath, ['dist/migrations/run.js'], { env }));
  }

  /** @returns what it said, once it has ended @throws when it failed */
  async done(): Promise<string> {
    await this.#exited;
    if (this.child.exitCode !== 0) throw new Error(`It ended with ${this.child.exitCode}: ${this.#output}`);
    return this.#output;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#exited;
  }
}
