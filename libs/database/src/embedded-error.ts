/** The embedded server cannot start. The message is one sentence for the person at the terminal. */
export class EmbeddedServerError extends Error {
  override readonly name = 'EmbeddedServerError';
}

/** Says what is going on when a start takes longer than usual. */
export type Progress = (sentence: string) => void;

/** The `code` of a system error, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
