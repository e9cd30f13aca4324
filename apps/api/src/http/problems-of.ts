import { HttpException } from '@nestjs/common';
import { KeyringError } from '#libs/crypto';
import { isDatabaseAway, isHeldUp } from '#libs/database';
import { Problem, Problems, problem, type ProblemCode } from '#libs/errors';

const DATABASE_RETRY_SECONDS = 5;
/** A ring is mended by an operator, and read at the start of a process. */
const KEYRING_RETRY_SECONDS = 60;

const CODES: Record<number, ProblemCode> = {
  400: 'parse_error',
  401: 'not_authenticated',
  403: 'permission_denied',
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  413: 'too_large',
  415: 'unsupported_media_type',
};

const SENTENCES: Partial<Record<ProblemCode, string>> = {
  parse_error: 'The request could not be read: check that its body is well-formed and matches its Content-Type.',
  not_found: 'There is nothing at this path. GET /docs lists what there is.',
  too_large: 'The request is larger than this endpoint takes. Send less at once.',
  unsupported_media_type: 'The Content-Type is not supported here. Send JSON as application/json.',
};

/** Whatever was thrown, as problems that may leave. What we did not foresee becomes `error`, with nothing of it in the text. */
export function problemsOf(error: unknown): readonly [Problem, ...Problem[]] {
  if (error instanceof Problem) return [error];
  if (error instanceof Problems) return error.list;
  if (isUnstorable(error))
    return [problem('parse_error', 'A value holds a character that can not be stored, such as NUL.')];
  if (isDatabaseAway(error)) return [databaseBusy('The database does not answer at this moment.', error)];
  if (isHeldUp(error))
    return [databaseBusy('The database took too long for this, or other work was in its way.', error)];
  if (error instanceof KeyringError) return [keyMissing(error)];
  const code = CODES[statusOf(error)] ?? 'error';
  return [
    problem(
      code,
      SENTENCES[code] ?? 'Something failed on our side. Try again; if it goes on, look for the request id in the log.',
      { cause: error },
    ),
  ];
}

function databaseBusy(sentence: string, cause: unknown): Problem {
  const options = { cause, retryAfterSeconds: DATABASE_RETRY_SECONDS };
  return problem('unavailable', `${sentence} Try again in a few seconds.`, options);
}

/** Which key it is, the log alone says. */
function keyMissing(error: KeyringError): Problem {
  return problem(
    'unavailable',
    'What is stored for this can not be opened: its key is missing in VAULT_KEYRING, or is another one under the same id. Whoever runs the service finds in the log which key to put back. Try again after that.',
    { privateDetail: error.message, cause: error, retryAfterSeconds: KEYRING_RETRY_SECONDS },
  );
}

/** PostgreSQL refuses NUL and unpaired surrogates in any text: wherever they came in, they are the caller's. */
function isUnstorable(error: unknown): boolean {
  const code = (error as { driverError?: { code?: string } } | null)?.driverError?.code;
  return code === '22021' || code === '22P05';
}

/** Fastify's own errors and Nest's carry a status; both are the caller's doing below 500. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  return (error as { statusCode?: number } | null)?.statusCode ?? 500;
}
