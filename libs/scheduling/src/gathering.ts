interface Gathered<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

interface Waiting<Item, Result> {
  gathered: Gathered<Item, Result>[];
  /** Set while a batch waits to be full. */
  go: (() => void) | null;
}

/**
 * Does for many at once what each of them asks for by itself: whoever comes while a batch is under way is in the next one. Statements and
 * commits then cost the less for each, the more there are to do; one that comes alone waits for nobody.
 */
export class Gathering<Key, Item, Result> {
  /** Of the keys that have a batch under way: who waits for the next. */
  readonly #waiting = new Map<Key, Waiting<Item, Result>>();

  /**
   * @param work results in the order of the items; what it throws goes to each of them
   * @param waitMilliseconds between a batch and the next, unless that is full before
   */
  constructor(
    private readonly work: (key: Key, items: Item[]) => Promise<Result[]>,
    private readonly most: number,
    private readonly waitMilliseconds = 0,
  ) {}

  /** @param key batches of different ones know nothing of each other */
  add(key: Key, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const gathered = { item, resolve, reject };
      const waiting = this.#waiting.get(key);
      if (waiting) {
        if (waiting.gathered.push(gathered) >= this.most) waiting.go?.();
        return;
      }
      const first = { gathered: [gathered], go: null };
      this.#waiting.set(key, first);
      void this.#run(key, first);
    });
  }

  async #run(key: Key, waiting: Waiting<Item, Result>): Promise<void> {
    // What comes in this very turn comes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.gathered.length > 0) {
      const batch = waiting.gathered.splice(0, this.most);
      const items = batch.map(({ item }) => item);
      try {
        const results = await this.work(key, items);
        if (results.length !== batch.length) throw new Error('A batch came back with another number of results.');
        for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      if (this.waitMilliseconds > 0 && waiting.gathered.length < this.most) await this.#fills(waiting);
    }
    this.#waiting.delete(key);
  }

  async #fills(waiting: Waiting<Item, Result>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      waiting.go = resolve;
      timer = setTimeout(resolve, this.waitMilliseconds);
    });
    clearTimeout(timer);
    waiting.go = null;
  }
}
