import type { Problem } from '#libs/errors';

type ProblemList = readonly [Problem, ...Problem[]];

const OAUTH_CODES = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
  'temporarily_unavailable',
]);

/** RFC 6749 §5.2. */
export function oauthBody([first]: ProblemList) {
  const known = OAUTH_CODES.has(first.code);
  const fallback = first.status >= 500 ? 'server_error' : 'invalid_request';
  return {
    error: known ? first.code : fallback,
    error_description: first.message.replaceAll(/[^\u0020-\u007E]|["\\]/g, "'"),
  };
}

/** Zapier's list (protocol.md §6.1). */
export function embedBody(problems: ProblemList) {
  return {
    errors: problems.map(({ status, code, title, message, source }) => ({
      status,
      code,
      title,
      detail: message,
      source,
      meta: null,
    })),
  };
}

/** V1 answers plain sentences (protocol.md §6.1). */
export function embedV1Body(problems: ProblemList) {
  return { errors: problems.map(({ message }) => message) };
}

/** RFC 9457, with the stable `code`, and each place where there is one. */
export function problemDetails(problems: ProblemList) {
  const [first] = problems;
  const places = problems.filter(({ source }) => source !== null);
  return {
    type: 'about:blank',
    title: first.title,
    status: first.status,
    code: first.code,
    detail: problems.map(({ message }) => message).join(' '),
    ...(places.length > 0 && { errors: places.map(({ source, message }) => ({ ...source, detail: message })) }),
  };
}
