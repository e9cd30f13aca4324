/** Answered as `{message}` with this status. */
export class CrmError extends Error {
  constructor(
    readonly status: 400 | 404,
    message: string,
  ) {
    super(message);
  }
}
