interface Gathered<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Does for many at once what each of them asks for by itself: whoever comes while a batch is under way is in the next one. Statements and
 * commits then cost the less for each, the more there are to do; one that comes alone waits for nobody.
 */
export class Gathering<Key, Item, Result> {
  /** Of the keys that have a batch under way: who waits for the next. */
  readonly #waiting = new Map<Key, Gathered<Item, Result>[]>();

  /** @param work results in the order of the items; what it throws goes to each of them */
  constructor(
    private readonly work: (key: Key, items: Item[]) => Promise<Result[]>,
    private readonly most: number,
  ) {}

  /** @param key batches of different ones know nothing of each other */
  add(key: Key, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const gathered = { item, resolve, reject };
      const waiting = this.#waiting.get(key);
      if (waiting) {
        waiting.push(gathered);
        return;
      }
      this.#waiting.set(key, [gathered]);
      // What comes in this very turn comes along.
      setImmediate(() => void this.#run(key));
    });
  }

  async #run(key: Key): Promise<void> {
    for (let waiting = this.#waiting.get(key); waiting && waiting.length > 0; waiting = this.#waiting.get(key)) {
      const batch = waiting.splice(0, this.most);
      const items = batch.map(({ item }) => item);
      try {
        const results = await this.work(key, items);
        if (results.length !== batch.length) throw new Error('A batch came back with another number of results.');
        for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#waiting.delete(key);
  }
}
