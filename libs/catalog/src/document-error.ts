/** The document is not usable as an app. `message` is a sentence for its author, `pointer` (RFC 6901) the place it speaks of. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';

  constructor(
    message: string,
    readonly pointer?: string,
  ) {
    super(message);
  }
}

/** What we are told in `x-gatehouse` is wrong. Its author meant us, so it ends the reading where another mistake costs one operation. */
export class ExtensionError extends DocumentError {}
