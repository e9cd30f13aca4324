/** One request that came, in the order of its end. */
export interface LoggedCall {
  /** Milliseconds since the epoch, by the emulator's clock. */
  at: number;
  method: string;
  path: string;
  query: string;
  /** Null when it was not answered. */
  status: number | null;
  client: string | null;
  user: string | null;
  /** Kinds of the rules that held. */
  rules: string[];
}

const KEPT = 100_000;

export class CallLog {
  #calls: LoggedCall[] = [];

  add(call: LoggedCall): void {
    this.#calls.push(call);
    if (this.#calls.length > KEPT) this.#calls = this.#calls.slice(-KEPT / 2);
  }

  list(): LoggedCall[] {
    return [...this.#calls];
  }

  last(count: number): LoggedCall[] {
    return this.#calls.slice(-count);
  }

  clear(): void {
    this.#calls = [];
  }
}
