import type { Reply } from './reply.js';

interface Source {
  pointer?: string;
  parameter?: string;
  header?: string;
}

interface Extras {
  source?: Source;
  headers?: Record<string, string>;
  meta?: object;
}

/** An answer of the resource API that is not what was asked for (protocol.md §6.1). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly extras: Extras = {},
  ) {
    super(detail);
  }

  /** @param v1 errors are texts there */
  reply(v1: boolean): Reply {
    const { source = null, meta = null, headers = {} } = this.extras;
    const title = TITLES[this.status] ?? 'APIException';
    const error = { status: this.status, code: this.code, title, detail: this.message, source, meta };
    return { status: this.status, headers, body: { errors: [v1 ? this.message : error] } };
  }
}

const TITLES: Record<number, string> = {
  400: 'ParseError',
  401: 'NotAuthenticated',
  403: 'PermissionDenied',
  404: 'NotFound',
  406: 'NotAcceptable',
  415: 'UnsupportedMediaType',
  429: 'Throttled',
};

/** An answer of the token endpoint by RFC 6749 §5.2 (protocol.md §3.6). */
export class TokenError extends Error {
  constructor(
    readonly error: string,
    description: string,
    readonly status = 400,
    readonly headers: Record<string, string> = {},
  ) {
    super(description);
  }

  reply(): Reply {
    return { status: this.status, headers: this.headers, body: { error: this.error, error_description: this.message } };
  }
}

export const badRequest = (detail: string, source?: Source) =>
  new ApiError(400, 'parse_error', detail, {
    ...(source && { source }),
    meta: { source: 'ZAPIER', full_details: { message: detail, code: 'parse_error' } },
  });
export const notFound = () => new ApiError(404, 'not_found', 'Not found.');
/** Zapier's error for a status that a rule sets. */
export const errorOf = (status: number) =>
  status >= 500
    ? new ApiError(status, 'error', 'A server error occurred.')
    : new ApiError(status, status === 404 ? 'not_found' : 'error', 'The request was refused.');
