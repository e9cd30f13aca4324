/**
 * `unlinked`: the user has to authorize us there, first or again; in the mode `app`, there are no users at all · `refused`: a 4xx · `throttled`:
 * our own budget, or its 429 · `paused`: it failed so often that it is left alone, or it is switched off · `unavailable`: 5xx, or an answer that
 * makes no sense · `unreachable`: nothing was sent · `lost`: sent, and no answer came.
 */
export type UpstreamFailure = 'unlinked' | 'refused' | 'throttled' | 'paused' | 'unavailable' | 'unreachable' | 'lost';

/** What an upstream says is wrong, as far as it says so. */
export interface UpstreamProblem {
  code: string | null;
  title: string | null;
  detail: string | null;
  /** JSON Pointer into the request's body. */
  pointer: string | null;
}

interface UpstreamErrorOptions {
  status?: number | null;
  problems?: readonly UpstreamProblem[];
  at?: Date | null;
  mayHaveArrived?: boolean;
  cause?: unknown;
}

/** The message is public: a sentence without secrets. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  /** Its HTTP status, where it answered. */
  readonly status: number | null;
  readonly problems: readonly UpstreamProblem[];
  /** When it may be tried again, where that is known. */
  readonly at: Date | null;
  /** Whether it may have received, and acted on, the request. */
  readonly mayHaveArrived: boolean;

  constructor(
    readonly kind: UpstreamFailure,
    message: string,
    { status = null, problems = [], at = null, mayHaveArrived = false, cause }: UpstreamErrorOptions = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.problems = problems;
    this.at = at;
    this.mayHaveArrived = mayHaveArrived;
  }

  hasCode(...codes: string[]): boolean {
    return this.problems.some(({ code }) => code !== null && codes.includes(code));
  }
}
