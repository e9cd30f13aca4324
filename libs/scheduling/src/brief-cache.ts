import type { Clock } from './clock.js';

interface BriefCacheOptions<Value> {
  load: (key: string) => Promise<Value>;
  /** For how long a value is believed. */
  seconds: number;
  /** The least recently loaded leave first. */
  entries: number;
  clock: Clock;
}

/**
 * Values that are believed for a moment: a hot path reads them from memory, and a change elsewhere is felt when the moment has passed. One
 * load at a time for a key; a load that fails is remembered by nobody.
 */
export class BriefCache<Value> {
  readonly #held = new Map<string, { value: Promise<Value>; until: number }>();

  constructor(private readonly options: BriefCacheOptions<Value>) {}

  get(key: string): Promise<Value> {
    const held = this.#held.get(key);
    if (held && held.until > this.options.clock.now().getTime()) return held.value;
    // From before the load: what it reads may change while it runs.
    const until = this.options.clock.now().getTime() + this.options.seconds * 1000;
    const value = this.options.load(key);
    this.#held.delete(key);
    const [oldest] = this.#held.keys();
    if (this.#held.size >= this.options.entries && oldest !== undefined) this.#held.delete(oldest);
    this.#held.set(key, { value, until });
    value.catch(() => {
      if (this.#held.get(key)?.value === value) this.#held.delete(key);
    });
    return value;
  }

  /** The next `get` loads it again. */
  forget(key: string): void {
    this.#held.delete(key);
  }
}
