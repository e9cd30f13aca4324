interface Held<Value> {
  readonly value: Promise<Value>;
  weight: number;
}

/** Values that never change, kept while their weights together are within a bound: the least recently used leaves first. One load at a time for a key. */
export class WeightedCache<Value> {
  readonly #held = new Map<string, Held<Value>>();
  #weight = 0;

  constructor(private readonly maxWeight: number) {}

  /** A null is not kept: what is not there may come. */
  get(key: string, load: () => Promise<{ value: Value; weight: number }>): Promise<Value> {
    const held = this.#held.get(key) ?? this.#begin(key, load);
    this.#held.delete(key);
    this.#held.set(key, held);
    return held.value;
  }

  /** What is kept now, in the unit of the weights. */
  get weight(): number {
    return this.#weight;
  }

  #begin(key: string, load: () => Promise<{ value: Value; weight: number }>): Held<Value> {
    const loading = load();
    const held: Held<Value> = { value: loading.then(({ value }) => value), weight: 0 };
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
    for (const [oldest, other] of this.#held) {
      if (this.#weight <= this.maxWeight) return;
      this.#drop(oldest, other);
    }
  }

  #drop(key: string, held: Held<Value>): void {
    if (this.#held.get(key) !== held) return;
    this.#held.delete(key);
    this.#weight -= held.weight;
  }
}
