interface DueWorkerOptions<Row> {
  /** Claims at most `limit` rows. */
  claim: (limit: number) => Promise<Row[]>;
  handle: (row: Row) => Promise<void>;
  concurrency: number;
  /** Gets what a claim or a handler throws. The row's lease then runs out and it is due again. */
  onError: (error: unknown) => void;
}

/**
 * Claims due rows and handles them, at most `concurrency` at once; a slow row holds up none of the others. Whatever ticks or wakes it
 * calls `wake()`; nothing is lost when a wake is, because the next tick finds the row still due.
 */
export class DueWorker<Row> {
  readonly #inFlight = new Set<Promise<void>>();
  #claiming: Promise<void> | null = null;
  #wokenMeanwhile = false;
  #stopped = false;

  constructor(private readonly options: DueWorkerOptions<Row>) {}

  wake(): void {
    if (this.#stopped) return;
    this.#wokenMeanwhile = true;
    this.#claiming ??= this.#claimAll().then((isDone) => {
      this.#claiming = null;
      // Woken between the last look and here: nobody else will look for it.
      if (isDone && this.#wokenMeanwhile) this.wake();
    });
  }

  /** Claims no more, and waits for what is in flight. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#claiming;
    await Promise.all(this.#inFlight);
  }

  /** @returns false when a claim failed: the next tick is the next try then */
  async #claimAll(): Promise<boolean> {
    try {
      while (this.#wokenMeanwhile && !this.#stopped) {
        this.#wokenMeanwhile = false;
        let free = this.#free();
        while (free > 0 && !this.#stopped) {
          const rows = await this.options.claim(free);
          for (const row of rows) this.#start(row);
          if (rows.length < free) break;
          free = this.#free();
        }
      }
      return true;
    } catch (error) {
      this.options.onError(error);
      return false;
    }
  }

  #free(): number {
    return this.options.concurrency - this.#inFlight.size;
  }

  #start(row: Row): void {
    const work = this.options
      .handle(row)
      .catch(this.options.onError)
      .finally(() => {
        this.#inFlight.delete(work);
        // A place is free again, and rows that found none may be waiting.
        this.wake();
      });
    this.#inFlight.add(work);
  }
}
