/** One input that cannot be sent. `detail` is a sentence for whoever gave it and never repeats the value. */
export interface InputProblem {
  readonly id: string;
  /** RFC 6901, from the object of all inputs: `/address/city` for a member of the input `address`. */
  readonly pointer: string;
  readonly detail: string;
}

/** A request that cannot be built: inputs that were not checked first, an unsupported operation, or an unusable server URL. */
export class InputError extends Error {
  override readonly name = 'InputError';

  constructor(
    message: string,
    readonly problems: readonly InputProblem[] = [],
  ) {
    super(message);
  }
}
