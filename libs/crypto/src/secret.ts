import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/** A value that must not be printed. Only `reveal()` gives it back, so every use can be found by that name. */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
