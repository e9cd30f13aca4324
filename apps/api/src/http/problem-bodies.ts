import type { Problem } from '#libs/errors';
import type { Surface } from './surface.js';

export type ProblemList = readonly [Problem, ...Problem[]];

/** The answer to problems in the format of their surface. */
export function problemAnswer(surface: Surface, problems: ProblemList): { status: number; type: string; body: string } {
  const { status } = problems[0];
  const json = 'application/json; charset=utf-8';
  switch (surface) {
    case 'oauth':
      return { status: oauthStatus(status), type: json, body: JSON.stringify(oauthBody(problems)) };
    case 'embed':
      return { status, type: json, body: JSON.stringify(embedBody(problems)) };
    case 'embed-v1':
      return { status, type: json, body: JSON.stringify(embedV1Body(problems)) };
    default:
      return { status, type: 'application/problem+json', body: JSON.stringify(problemDetails(problems)) };
  }
}

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
function oauthBody([first]: ProblemList) {
  return {
    error: OAUTH_CODES.has(first.code) ? first.code : oauthCode(first.status),
    error_description: first.message.replaceAll(/[^\u0020-\u007E]|["\\]/g, "'"),
  };
}

/** Of a problem that RFC 6749 has no code for in §5.2: §4.1.2.1 has one for 503, and protocol.md §3.6 for too many calls. */
function oauthCode(status: number): string {
  if (status === 429 || status === 503) return 'temporarily_unavailable';
  return status >= 500 ? 'server_error' : 'invalid_request';
}

/** Zapier's list (protocol.md §6.1). */
function embedBody(problems: ProblemList) {
  return {
    errors: problems.map(({ status, code, title, message, source, meta }) => ({
      status,
      code,
      title,
      detail: message,
      source,
      meta,
    })),
  };
}

/** V1 answers plain sentences (protocol.md §6.1). */
function embedV1Body(problems: ProblemList) {
  return { errors: problems.map(({ message }) => message) };
}

/** RFC 9457, with the stable `code`, and each place where there is one. */
function problemDetails(problems: ProblemList) {
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

/** RFC 6749 §5.2: "The authorization server responds with an HTTP 400 (Bad Request) status code (unless specified otherwise)". */
function oauthStatus(status: number): number {
  return status < 500 && status !== 401 && status !== 404 && status !== 429 ? 400 : status;
}
