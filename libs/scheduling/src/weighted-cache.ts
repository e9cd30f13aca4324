import type { Clock } from './clock.js';

export interface WeightedCacheOptions {
  /** Of all values together. */
  maxWeight: number;
  maxEntries?: number;
  /** For how long a value is believed; without it, for ever. */
  believed?: { seconds: number; clock: Clock };
}

interface Held<Value> {
  readonly value: Promise<Value>;
  readonly until: number;
  weight: number;
}

/**
 * Values of very different sizes, kept while they are within bounds together: the least recently used leaves first. One load at a time for a
 * key; a load that fails, or finds null, is remembered by nobody.
 */
export class WeightedCache<Value> {
  readonly #held = new Map<string, Held<Value>>();
  #weight = 0;

  constructor(private readonly options: WeightedCacheOptions) {}

  get(key: string, load: () => Promise<{ value: Value; weight: number }>): Promise<Value> {
    const found = this.#held.get(key);
    if (found && found.until <= this.#now()) this.#drop(key, found);
    const held = this.#held.get(key) ?? this.#begin(key, load);
    this.#held.delete(key);
    this.#held.set(key, held);
    return held.value;
  }

  #begin(key: string, load: () => Promise<{ value: Value; weight: number }>): Held<Value> {
    const until = this.#now() + (this.options.believed?.seconds ?? Infinity) * 1000;
    const loading = load();
    const held: Held<Value> = { value: loading.then(({ value }) => value), until, weight: 0 };
    loading.then(
      ({ value, weight }) => (value === null ? this.#drop(key, held) : this.#keep(key, held, weight)),
      () => this.#drop(key, held),
    );
    return held;
  }

  #keep(key: string, held: Held<Value>, weight: number): void {
    if (this.#held.get(key) !== held) return;
    held.weight = weight;
    this.#weight += weight;
    const { maxWeight, maxEntries = Infinity } = this.options;
    for (const [oldest, other] of this.#held) {
      if (this.#weight <= maxWeight && this.#held.size <= maxEntries) return;
      this.#drop(oldest, other);
    }
  }

  #drop(key: string, held: Held<Value>): void {
    if (this.#held.get(key) !== held) return;
    this.#held.delete(key);
    this.#weight -= held.weight;
  }

  #now(): number {
    return this.options.believed?.clock.now().getTime() ?? 0;
  }
}
