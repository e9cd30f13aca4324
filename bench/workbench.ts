import { type EmbeddedServer, startEmbeddedServer } from '#libs/database';
import { type ServiceOptions, type ServiceProcess, startService, temporaryFolder } from '#libs/testing';
import { runMigrations } from '../migrations/data-source.js';

type Ending = () => unknown;

/** Everything that a suite starts. Closing it ends all of that, the youngest first. */
export class Workbench {
  readonly #endings: Ending[] = [];
  #closed: Promise<void> | undefined;

  constructor(readonly progress: (sentence: string) => void) {}

  /** A folder that others may read, gone at the end. */
  folder(purpose: string): string {
    const folder = temporaryFolder(purpose);
    this.#endings.push(() => folder.remove());
    return folder.path;
  }

  /** @returns the URL of a migrated, empty database, with the durability that a newcomer's has */
  async database(): Promise<string> {
    this.progress('starting PostgreSQL');
    const server = await this.hold<EmbeddedServer>(
      () => startEmbeddedServer({ dataDir: this.folder('bench') }),
      (running) => running.discard(),
    );
    await runMigrations(server.url);
    return server.url;
  }

  process(options: ServiceOptions): Promise<ServiceProcess> {
    return this.hold(
      () => startService(options),
      (running) => running.stop(),
    );
  }

  /** Starts something and remembers how it ends, be it that closing begins before the start is over. */
  async hold<Held>(start: () => Promise<Held>, end: (held: Held) => unknown): Promise<Held> {
    if (this.#closed) throw new Error('The benchmark is ending.');
    const starting = start();
    this.#endings.push(async () => {
      const held = await starting.catch(() => undefined);
      if (held !== undefined) await end(held);
    });
    return starting;
  }

  /** May be called again: then it waits for the same end. */
  close(): Promise<void> {
    return (this.#closed ??= this.#endAll());
  }

  /** What fails to end keeps nothing else from ending. */
  async #endAll(): Promise<void> {
    for (let end = this.#endings.pop(); end; end = this.#endings.pop()) {
      try {
        await end();
      } catch (error) {
        console.error('This did not end properly:', error);
      }
    }
  }
}
