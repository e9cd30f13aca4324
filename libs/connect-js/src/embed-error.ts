import { member, text } from './reading.js';

/** What went wrong: a code of the server (docs/errors.md), or `network`, `aborted`, `no_token`, or that of a run's first error. */
export class EmbedError extends Error {
  override readonly name = 'EmbedError';

  constructor(
    readonly code: string,
    message: string,
    /** Of the run that failed. */
    readonly runId?: string,
  ) {
    super(message);
  }
}

/** The first of the errors that an answer, or a run, holds. */
export function firstError(holder: unknown, otherwise: string, runId?: string): EmbedError {
  const first = member(member(holder, 'errors'), '0');
  const words = text(member(first, 'detail')) ?? text(member(first, 'title'));
  return new EmbedError(text(member(first, 'code')) ?? 'error', words ?? otherwise, runId);
}
