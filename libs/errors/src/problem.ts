import { catalogue, type ProblemCode } from './catalogue.js';

/** Where in the request the problem lies: a JSON Pointer into the body, or the name of a query parameter or header. */
export interface ProblemSource {
  pointer?: string;
  parameter?: string;
  header?: string;
}

interface ProblemOptions {
  source?: ProblemSource;
  /** For the log only: never sent to the caller. */
  privateDetail?: string;
  cause?: unknown;
  retryAfterSeconds?: number;
  /** What a program needs to help itself, where the format of the surface has room for it. */
  meta?: Readonly<Record<string, unknown>>;
  /** Somebody else may have carried the request out all the same: it must not be repeated unawares. */
  mayHaveEffect?: boolean;
  /** Scope that would have been enough, for `insufficient_scope` (RFC 6750 §3.1). */
  scope?: string;
}

/** An error with three texts: the code (stable, for programs), the message (public, says what to do) and a private detail (for the log). */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly source: ProblemSource | null;
  readonly privateDetail: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly scope: string | undefined;
  readonly mayHaveEffect: boolean;
  readonly meta: Readonly<Record<string, unknown>> | null;

  constructor(
    readonly code: ProblemCode,
    message: string,
    options: ProblemOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
    this.status = catalogue[code].status;
    this.title = catalogue[code].title;
    this.source = options.source ?? null;
    this.privateDetail = options.privateDetail;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.scope = options.scope;
    this.mayHaveEffect = options.mayHaveEffect ?? false;
    this.meta = options.meta ?? null;
  }
}

/** @param message public: one sentence that says what is wrong and, where it helps, what to do next. */
export function problem(code: ProblemCode, message: string, options?: ProblemOptions): Problem {
  return new Problem(code, message, options);
}

/** Several problems of one request, such as each bad member of a body. Never empty; all have the status of the first. */
export class Problems extends Error {
  override readonly name = 'Problems';

  constructor(readonly list: readonly [Problem, ...Problem[]]) {
    super(list.map(({ message }) => message).join(' '));
  }
}
