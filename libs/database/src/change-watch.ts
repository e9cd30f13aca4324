import { Logger } from '@nestjs/common';

/** Longer than any transaction of ours is open. */
const LOOK_BACK_SECONDS = 30;
/** How often everything is compared, for what left no newer row behind. */
const FULL_PASS_SECONDS = 60;
/** A look that lasts longer is a failure for whoever waits: the connection may have been cut without a word. */
const PATIENCE_MILLISECONDS = 3000;

export interface WatchedRows {
  /** For the log, such as "Key sets". */
  name: string;
  now: () => Date;
  /** Compares everything, and forgets what is not there any more. */
  readAll: () => Promise<void>;
  /**
   * Reads rows that changed in the last seconds, by the clock of the database: those of processes may differ. It is asked for the same rows
   * again and again, so it compares before it reads on.
   */
  readChanged: (seconds: number) => Promise<void>;
}

/**
 * Keeps a copy of rows in memory true: whoever holds the copy calls `sync` at each tick and wake-up. The copy outlives a database that is
 * away. A look goes back some seconds in time, because a transaction can commit after a later one.
 */
export class ChangeWatch {
  readonly #log = new Logger('ChangeWatch');
  #lookedAt: Date | null = null;
  #fullPassAt: Date | null = null;
  #isFailing = false;
  #running: Promise<boolean> | null = null;
  #next: Promise<boolean> | null = null;

  constructor(private readonly rows: WatchedRows) {}

  /**
   * Reads what has changed since the last look. A look that began before the call may have missed it, so the caller gets the one after it.
   * Never throws.
   * @returns false when the database did not answer
   */
  sync(): Promise<boolean> {
    return withinPatience(this.#sync());
  }

  #sync(): Promise<boolean> {
    if (!this.#running) return (this.#running = this.#look().finally(() => (this.#running = null)));
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      return this.#sync();
    });
    return this.#next;
  }

  async #look(): Promise<boolean> {
    const now = this.rows.now();
    try {
      await this.#read(now);
      this.#lookedAt = now;
      if (this.#isFailing) this.#log.log(`${this.rows.name} are read from the database again.`);
      this.#isFailing = false;
      return true;
    } catch (error) {
      if (!this.#isFailing)
        this.#log.warn({ msg: `${this.rows.name} can not be read; those in memory go on.`, cause: error });
      this.#isFailing = true;
      return false;
    }
  }

  async #read(now: Date): Promise<void> {
    const isFull = this.#fullPassAt === null || secondsBetween(this.#fullPassAt, now) >= FULL_PASS_SECONDS;
    if (!isFull) return this.rows.readChanged(secondsBetween(this.#lookedAt ?? now, now) + LOOK_BACK_SECONDS);
    await this.rows.readAll();
    this.#fullPassAt = now;
  }
}

function secondsBetween(one: Date, other: Date): number {
  return Math.max(0, other.getTime() - one.getTime()) / 1000;
}

/** Those who lost patience are answered; the look itself goes on, so that at most one is ever stuck. */
async function withinPatience(look: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const impatient = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MILLISECONDS);
  });
  return Promise.race([look, impatient]).finally(() => clearTimeout(timer));
}
