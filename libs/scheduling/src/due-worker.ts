import { apart, signals, traced } from '#libs/telemetry';

interface DueWorkerOptions<Row> {
  /** As it is counted. */
  name?: string;
  /** Claims at most `limit` rows. */
  claim: (limit: number) => Promise<Row[]>;
  /** @param release gives the place to another row before the work with this one has ended: for what is left of it once nothing is asked of others */
  handle: (row: Row, release: () => void) => Promise<void>;
  /** Rows that hold a place; as many again may have given theirs away. */
  concurrency: number;
  /**
   * Whether rows that are due may be left although the last claim brought fewer than it was asked for. False: none is looked for before the
   * next wake. Null, or nothing given: that is not known.
   */
  hasMore?: () => boolean | null;
  /** How long a free place may wait for others, so that one claim fills them all. */
  gatherMilliseconds?: number;
  /** Gets what a claim or a handler throws. The row's lease then runs out and it is due again. */
  onError: (error: unknown) => void;
}

/** So many places, as a part of them all, are filled by one claim: a claim costs the same for one row as for many. */
const CLAIMED_PART = 1 / 4;
/** Fewer are filled all the same after so long, where the worker does not say. */
const GATHER_MILLISECONDS = 10;

/**
 * Claims due rows and handles them, at most `concurrency` at once; a slow row holds up none of the others. Whatever ticks or wakes it
 * calls `wake()`; nothing is lost when a wake is, because the next tick finds the row still due.
 */
export class DueWorker<Row> {
  readonly #inFlight = new Set<Promise<void>>();
  /** Of what is in flight: what holds a place. */
  #held = 0;
  #claiming: Promise<void> | null = null;
  #wokenMeanwhile = false;
  #stopped = false;
  #hasMore = false;
  /** Free places that the claim under way may fill. */
  #claimed = 0;
  #gathering: NodeJS.Timeout | undefined;

  constructor(private readonly options: DueWorkerOptions<Row>) {}

  wake(): void {
    if (this.#stopped) return;
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#wokenMeanwhile = true;
    this.#claiming ??= apart(() => this.#claimAll()).then((isDone) => {
      this.#claiming = null;
      // Woken between the last look and here: nobody else will look for it.
      if (isDone && this.#wokenMeanwhile) this.wake();
    });
  }

  /** Handles a row that is this worker's without a claim: it was made so. */
  take(row: Row): void {
    apart(() => this.#start(row));
  }

  /** Claims no more, and waits for what is in flight. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#gathering);
    await this.#claiming;
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  /** @returns false when a claim failed: the next tick is the next try then */
  async #claimAll(): Promise<boolean> {
    try {
      while (this.#wokenMeanwhile && !this.#stopped) {
        this.#wokenMeanwhile = false;
        const free = this.#free();
        if (free === 0) continue;
        this.#claimed = free;
        const rows = await this.options.claim(free).finally(() => (this.#claimed = 0));
        for (const row of rows) this.#start(row);
        this.#hasMore = rows.length >= free;
        // Places that became free meanwhile.
        if (this.#hasMore && this.#free() > 0) this.#refill();
      }
      signals.loopTurned.publish({ loop: this.#name, result: 'ok' });
      return true;
    } catch (error) {
      signals.loopTurned.publish({ loop: this.#name, result: 'failed' });
      this.options.onError(error);
      return false;
    }
  }

  get #name(): string {
    return this.options.name ?? 'other';
  }

  #free(): number {
    const { concurrency } = this.options;
    const ending = this.#inFlight.size - this.#held;
    return concurrency - this.#held - Math.max(0, ending - concurrency);
  }

  #start(row: Row): void {
    let isHeld = true;
    this.#held += 1;
    const release = () => {
      if (isHeld) this.#held -= 1;
      isHeld = false;
      this.#refill();
    };
    const work = traced(`loop ${this.#name}`, { kind: 'internal' }, () => this.options.handle(row, release))
      .catch((error: unknown) => {
        signals.loopWorkFailed.publish({ loop: this.#name });
        this.options.onError(error);
      })
      .finally(() => {
        this.#inFlight.delete(work);
        release();
      });
    this.#inFlight.add(work);
  }

  /** A place is free again: rows that found none may be waiting, and the one that was in it may be due again. */
  #refill(): void {
    const hasMore = this.#hasMore || (this.options.hasMore?.() ?? null);
    if (this.#stopped || hasMore === false) return;
    const isWorthIt = hasMore === true && this.#free() - this.#claimed >= this.options.concurrency * CLAIMED_PART;
    if (isWorthIt || this.#held === 0) this.wake();
    else this.#gathering ??= setTimeout(() => this.wake(), this.options.gatherMilliseconds ?? GATHER_MILLISECONDS);
  }
}
