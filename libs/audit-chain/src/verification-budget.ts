/** How much of chains one request follows. */
export interface Bounds {
  entries: number;
  seconds: number;
}

/** What is left of it. The first piece is given however little there is: whoever asks on gets on. */
export class VerificationBudget {
  readonly #end: number;
  #entries: number;

  constructor({ entries, seconds }: Bounds = { entries: Infinity, seconds: Infinity }) {
    this.#entries = entries;
    this.#end = performance.now() + seconds * 1000;
  }

  get isSpent(): boolean {
    return this.#entries <= 0 || performance.now() > this.#end;
  }

  /** @returns how many entries may be followed next: `most`, or what is left */
  take(most: number): number {
    const taken = Math.min(most, this.#entries);
    this.#entries -= taken;
    return taken;
  }
}
