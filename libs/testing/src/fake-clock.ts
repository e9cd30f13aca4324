import { Clock, secondsAfter } from '#libs/scheduling';

/** Stands still until it is moved. */
export class FakeClock extends Clock {
  #now: Date;

  constructor(start = new Date('2026-03-01T12:00:00Z')) {
    super();
    this.#now = start;
  }

  now(): Date {
    return this.#now;
  }

  advance(seconds: number): void {
    this.#now = secondsAfter(this.#now, seconds);
  }

  /** The time `seconds` from now: what a due date is compared with. */
  in(seconds: number): Date {
    return secondsAfter(this.#now, seconds);
  }
}
