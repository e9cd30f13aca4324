/** The time, injected so that tests can set it. */
export abstract class Clock {
  abstract now(): Date;
}

/** The time of this machine, corrected to that of the database, by which all processes and all stored times go. */
export class SystemClock extends Clock {
  #aheadMilliseconds = 0;

  now(): Date {
    return new Date(Date.now() + this.#aheadMilliseconds);
  }

  /** @param milliseconds how far the database is ahead of this machine */
  correct(milliseconds: number): void {
    this.#aheadMilliseconds = milliseconds;
  }
}
