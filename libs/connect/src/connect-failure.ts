import type { ConnectAttempt } from './connect-attempt.entity.js';
import { english, type FailureKind } from './texts.js';

/** How Connect can fail, in the words of the wire (protocol.md §5.3). */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure';

  constructor(
    readonly error: 'invalid_request' | 'access_denied' | 'server_error',
    /** `error_description`, exactly as the wire has it. */
    readonly description: string,
    /** For the person at the browser: what happened and what to do. */
    readonly advice: string,
    /** Of the page, where there is nobody to return to. */
    readonly status = 400,
  ) {
    super(description);
  }
}

/** The browser is at an attempt that went on without it, in another tab or at a first press of the same button: its page shows how it stands. */
export class AttemptElsewhere extends Error {
  constructor(readonly attemptId: string) {
    super('The attempt has gone on.');
  }
}

function failure(error: ConnectFailure['error'], description: string, kind: FailureKind, status = 400): ConnectFailure {
  return new ConnectFailure(error, description, english.failures[kind].join(' '), status);
}

export const failures = {
  invalidToken: () => failure('invalid_request', 'Invalid token', 'unknownCode'),
  usedToken: () => failure('invalid_request', 'Invalid token', 'usedCode'),
  tokenExpired: () => failure('invalid_request', 'Token expired', 'codeExpired'),
  invalidApp: () => failure('invalid_request', 'Invalid app', 'unknownApp'),
  invalidRedirect: () => failure('invalid_request', 'Invalid redirect_uri', 'unknownRedirect'),
  invalidReconnect: () => failure('invalid_request', 'Invalid reconnect_id', 'unknownReconnect'),
  userNotFound: () => failure('access_denied', 'User not found', 'unknownUser'),
  otherBrowser: () => failure('server_error', 'Session initialization failed', 'otherBrowser'),
  sessionExpired: () => failure('server_error', 'Session initialization failed', 'sessionExpired'),
  uninitialised: () => failure('server_error', 'Session initialization failed', 'uninitialised', 500),
  misconfigured: () => failure('server_error', 'Session initialization failed', 'misconfigured'),
  foreignForm: () => failure('invalid_request', 'Invalid form', 'foreignForm'),
  otherAccount: () => oauth('account_mismatch'),
  tooManyTries: () => oauth('too_many_tries'),
  wrongIssuer: () => oauth('issuer_mismatch'),
  linkUsed: () => failure('invalid_request', 'Invalid link', 'linkUsed'),
  linkExpired: () => failure('invalid_request', 'Invalid link', 'linkExpired'),
  linkRevoked: () => failure('invalid_request', 'Invalid link', 'linkRevoked'),
  linkWorn: () => failure('invalid_request', 'Invalid link', 'linkWorn'),
  unexpected: () => failure('server_error', 'An unexpected error occurred', 'unexpected', 500),
  notFound: () => failure('invalid_request', 'Invalid link', 'nothingHere'),
  declined: () => oauth('access_denied'),
  oauth,
};

/** What an attempt failed of, from the `error` that was kept of it. */
export function failureOf({ error, returnedAt }: Pick<ConnectAttempt, 'error' | 'returnedAt'>): ConnectFailure {
  if (error?.startsWith(OAUTH_FAILED)) return oauth(error.slice(OAUTH_FAILED.length));
  const { usedToken, tokenExpired, invalidApp, invalidReconnect, userNotFound, linkRevoked, unexpected } = failures;
  // One that came back failed of where it came back.
  const begun = returnedAt === null ? failures.misconfigured : failures.otherBrowser;
  const past = [usedToken, tokenExpired, invalidApp, invalidReconnect, userNotFound, linkRevoked, begun];
  const kept = past.map((make) => make());
  return kept.find(({ description }) => description === error) ?? unexpected();
}

const OAUTH_FAILED = 'OAuth Failed: ';

/** @param detail the third party's own code (RFC 6749 §4.1.2.1, §5.2), or one of ours */
function oauth(detail: string): ConnectFailure {
  return failure('server_error', `${OAUTH_FAILED}${detail}`, kindOf(detail));
}

const OURS: Record<string, FailureKind> = {
  access_denied: 'declined',
  account_mismatch: 'otherAccount',
  too_many_tries: 'tooManyTries',
  issuer_mismatch: 'wrongIssuer',
  account_required: 'accountRequired',
  connection_not_found: 'notThere',
  connection_expired: 'expiredThere',
  session_expired: 'sessionExpiredThere',
};
const MISCONFIGURED = new Set([
  'invalid_client',
  'unauthorized_client',
  'invalid_scope',
  'invalid_request',
  'redirect_uri_mismatch',
  'unsupported_response_type',
  'unsupported_grant_type',
  'blocked',
  'untrusted',
  'misconfigured',
]);
const DOWN = new Set(['server_error', 'temporarily_unavailable', 'unreachable', 'timeout', 'interrupted', 'too_large']);

function kindOf(detail: string): FailureKind {
  const ours = Object.hasOwn(OURS, detail) ? OURS[detail] : undefined;
  if (ours) return ours;
  if (MISCONFIGURED.has(detail)) return 'misconfigured';
  return DOWN.has(detail) ? 'thirdPartyDown' : 'thirdPartyRefused';
}
