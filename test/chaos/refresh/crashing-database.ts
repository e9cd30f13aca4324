import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EmbeddedServer, startEmbeddedServer } from '#libs/database';
import { temporaryFolder } from '#libs/testing';
import { runMigrations } from '../../../migrations/data-source.js';
import { Relay } from '../../faults/relay.js';

/**
 * A PostgreSQL server that can be taken away, at an address that stays. What it acknowledged is on the disk: with that, a crash of its
 * processes loses nothing, and whoever loses something has lost it himself.
 */
export class CrashingDatabase implements AsyncDisposable {
  readonly #relay = new Relay();
  readonly #folder = temporaryFolder('crashing').path;
  #server: EmbeddedServer | undefined;
  #url = '';
  #direct = '';

  static async start(): Promise<CrashingDatabase> {
    const database = new CrashingDatabase();
    try {
      await database.start();
      const url = new URL(database.#server?.url ?? '');
      await runMigrations(url.href);
      database.#direct = url.href;
      url.port = String(await database.#relay.listen());
      database.#url = url.href;
      return database;
    } catch (error) {
      await database[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Through the relay: it outlives every crash. */
  get url(): string {
    return this.#url;
  }

  /** Until it dies: the relay is in this process, and what is measured would wait for whatever else is done here. */
  get directUrl(): string {
    return this.#direct;
  }

  async start(): Promise<void> {
    // The disk is not waited for: only the server's processes die here, the machine does not.
    this.#server = await startEmbeddedServer({ dataDir: this.#folder, settings: { fsync: 'off' } });
    this.#relay.target = Number(new URL(this.#server.url).port);
  }

  /** As `pg_ctl stop -m immediate`: no checkpoint, no farewell to clients. */
  async crash(): Promise<void> {
    const [pid] = (await readFile(join(this.#folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
    process.kill(Number(pid), 'SIGQUIT');
    await this.#server?.stop();
    this.#server = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay.close();
    await (this.#server ?? (await startEmbeddedServer({ dataDir: this.#folder }))).discard();
  }
}
