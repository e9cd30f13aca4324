/**
 * `blocked`: refused by the guard · `unreachable`: no connection was made · `timeout` · `interrupted`: broke off after sending ·
 * `too_large`: the body passed its cap.
 */
export type EgressFailure = 'blocked' | 'unreachable' | 'timeout' | 'interrupted' | 'too_large';

const SENTENCES: Record<EgressFailure, string> = {
  blocked: 'The address is not allowed.',
  unreachable: 'The server could not be reached.',
  timeout: 'The server did not answer in time.',
  interrupted: 'The connection broke before the answer was complete.',
  too_large: 'The answer is too large.',
};

/** The message is public and says nothing about what stands at the address. */
export class EgressError extends Error {
  override readonly name = 'EgressError';

  constructor(
    readonly failure: EgressFailure,
    options?: { cause?: unknown },
  ) {
    super(SENTENCES[failure], options);
  }

  /** Whether the other side may have received, and acted on, the request. */
  get mayHaveArrived(): boolean {
    return this.failure !== 'blocked' && this.failure !== 'unreachable';
  }
}
