/**
 * `blocked`: refused by the guard · `unreachable`: no connection was made · `untrusted`: a certificate that is not accepted · `timeout` ·
 * `interrupted`: broke off after sending · `too_large`: the body passed its cap.
 */
export type EgressFailure = 'blocked' | 'unreachable' | 'untrusted' | 'timeout' | 'interrupted' | 'too_large';

const SENTENCES: Record<EgressFailure, string> = {
  blocked: 'The address is not allowed.',
  unreachable: 'The server could not be reached.',
  untrusted: "The server's certificate was not accepted: it is expired, self-signed, or for another name.",
  timeout: 'The server did not answer in time.',
  interrupted: 'The connection broke before the answer was complete.',
  too_large: 'The answer is too large.',
};

const NOT_SENT: ReadonlySet<EgressFailure> = new Set(['blocked', 'unreachable', 'untrusted']);

/** The message is public and says nothing about what stands at the address. */
export class EgressError extends Error {
  override readonly name = 'EgressError';

  /** The guard refused what the name leads to. For our own figures: the caller can not tell it from a server that is away. */
  readonly isGuarded: boolean;

  constructor(
    readonly failure: EgressFailure,
    { isGuarded = false, ...options }: { cause?: unknown; isGuarded?: boolean } = {},
  ) {
    super(SENTENCES[failure], options);
    this.isGuarded = isGuarded;
  }

  /** Whether the other side may have received, and acted on, the request. */
  get mayHaveArrived(): boolean {
    return !NOT_SENT.has(this.failure);
  }
}
