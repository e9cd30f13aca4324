import type { Clock } from '#libs/scheduling';
import { signals } from '#libs/telemetry';

interface HeldKey {
  owner: string;
  key: Buffer;
  expiresAt: number;
}

interface KeyCacheOptions {
  clock: Clock;
  /** From the moment a key is loaded, however often it is used. */
  seconds: number;
  /** Those loaded longest ago leave first. */
  entries: number;
}

/**
 * Keys in memory, for a bounded time and number, overwritten with zeros when they leave. A key is lent to a function and never handed out,
 * so none can be overwritten under somebody's hands.
 */
export class KeyCache {
  /** In the order in which they were loaded. */
  readonly #held = new Map<string, HeldKey>();
  readonly #loading = new Map<string, Promise<void>>();

  constructor(private readonly options: KeyCacheOptions) {}

  get size(): number {
    return this.#held.size;
  }

  /**
   * One load at a time for a name, however many ask.
   * @param owner whose key it is: see `forget`
   * @param work must be synchronous, and must not keep the key: who needs it for longer makes a copy
   */
  async use<Result>(
    owner: string,
    name: string,
    load: () => Promise<Buffer>,
    work: (key: Buffer) => Result,
  ): Promise<Result> {
    let isLoaded = false;
    for (;;) {
      const held = this.#held.get(name);
      if (held && held.expiresAt > this.#now()) {
        signals.dataKeyTaken.publish({ from: isLoaded ? 'keyring' : 'memory' });
        return work(held.key);
      }
      await this.#load(owner, name, load);
      isLoaded = true;
    }
  }

  /** Drops what has been here for long enough: for a tick, since nobody may ask for it again. */
  evict(): void {
    const now = this.#now();
    for (const [name, { expiresAt }] of this.#held) {
      if (expiresAt > now) return;
      this.#drop(name);
    }
  }

  forget(owner: string): void {
    for (const [name, held] of this.#held) if (held.owner === owner) this.#drop(name);
  }

  clear(): void {
    for (const name of this.#held.keys()) this.#drop(name);
  }

  #load(owner: string, name: string, load: () => Promise<Buffer>): Promise<void> {
    const underway = this.#loading.get(name);
    if (underway) return underway;
    const loading = load()
      .then((key) => this.#remember(owner, name, key))
      .finally(() => this.#loading.delete(name));
    this.#loading.set(name, loading);
    return loading;
  }

  #remember(owner: string, name: string, key: Buffer): void {
    this.#drop(name);
    const [oldest] = this.#held.keys();
    if (this.#held.size >= this.options.entries && oldest !== undefined) this.#drop(oldest);
    this.#held.set(name, { owner, key, expiresAt: this.#now() + this.options.seconds * 1000 });
  }

  #drop(name: string): void {
    this.#held.get(name)?.key.fill(0);
    this.#held.delete(name);
  }

  #now(): number {
    return this.options.clock.now().getTime();
  }
}
