import type { RefreshDefinition, RefreshErrorMeaning } from '#libs/catalog';
import { readTokenAnswer, type Oauth2Credentials } from '#libs/connections';
import { retryAfterSeconds, type EgressError, type EgressResponse } from '#libs/egress';

/** What a token endpoint's answer to a refresh means. */
export type RefreshOutcome =
  | { kind: 'refreshed'; credentials: Oauth2Credentials }
  /** Only the user can mend it. `isBare`: the answer gave no reason, so that a third party in trouble may have said it to everybody. */
  | { kind: 'reconnect'; reason: string; isBare: boolean }
  /** The tenant's OAuth client is wrong. Its users stay connected. */
  | { kind: 'client'; reason: string }
  /** It may work later. */
  | { kind: 'retry'; reason: string; retryAfterSeconds: number | null; isUnknown: boolean };

const MAX_RETRY_AFTER_SECONDS = 3600;

/** RFC 6749 §5.2, OpenID Connect Core §3.1.2.6, and the codes of GitHub and Slack, which answer them with status 200. */
const MEANINGS: Readonly<Record<string, RefreshErrorMeaning>> = {
  invalid_grant: 'reconnect',
  interaction_required: 'reconnect',
  consent_required: 'reconnect',
  login_required: 'reconnect',
  bad_refresh_token: 'reconnect',
  invalid_refresh_token: 'reconnect',
  token_revoked: 'reconnect',
  token_expired: 'reconnect',
  account_inactive: 'reconnect',
  invalid_client: 'client',
  unauthorized_client: 'client',
  incorrect_client_credentials: 'client',
  invalid_client_id: 'client',
  bad_client_secret: 'client',
};

/** Answers of a gateway: the server behind it may have done what was asked. */
const UNKNOWN_STATUSES: ReadonlySet<number> = new Set([502, 504]);

/** The server did not get to the request, whatever it writes beside the status (RFC 9110 §15.5 and §15.6, RFC 6585 §4). */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 409, 423, 425, 429]);

/**
 * Reads the answer (RFC 6749 §5.1 and §5.2).
 * @param askedAt taken before the request
 * @param refresh what the app's document says of its own codes
 */
export function readRefreshAnswer(
  { status, headers, body }: EgressResponse,
  spent: Oauth2Credentials,
  askedAt: Date,
  refresh: RefreshDefinition = {},
): RefreshOutcome {
  const members = parse(body);
  const error = errorOf(members);
  const credentials = status >= 200 && status < 300 && error === null ? readTokenAnswer(members, askedAt, spent) : null;
  if (credentials) return { kind: 'refreshed', credentials };
  const meaning = meaningOf(status, error, refresh);
  const reason = `The third party's token endpoint answered ${status}${error === null ? '' : ` (${error})`}.`;
  if (meaning === 'reconnect')
    return { kind: meaning, reason: `The third party ended the authorization. ${reason}`, isBare: error === null };
  if (meaning === 'client')
    return {
      kind: meaning,
      reason: `The OAuth client of this app was refused: check its client_id and client_secret. ${reason}`,
    };
  return {
    kind: meaning,
    reason,
    retryAfterSeconds: retryAfterSeconds(headers['retry-after'], askedAt, MAX_RETRY_AFTER_SECONDS),
    // A success without a token says that the spent one may be gone with the new one.
    isUnknown: UNKNOWN_STATUSES.has(status) || (error === null && status < 300),
  };
}

/** No answer came. */
export function readRefreshFailure(error: EgressError): RefreshOutcome {
  return { kind: 'retry', reason: error.message, retryAfterSeconds: null, isUnknown: error.mayHaveArrived };
}

function meaningOf(status: number, error: string | null, { errors = {} }: RefreshDefinition): RefreshErrorMeaning {
  if (error !== null && Object.hasOwn(errors, error)) return errors[error] ?? 'retry';
  if (status >= 500 || TRANSIENT_STATUSES.has(status)) return 'retry';
  if (error !== null && Object.hasOwn(MEANINGS, error)) return MEANINGS[error] ?? 'retry';
  return status === 401 ? 'reconnect' : 'retry';
}

/**
 * A code, printable and short: it is shown to the operator. Whatever else stands there is not quoted. Some say in each answer that there is
 * no error: a token beside that must not be lost.
 */
function errorOf({ error, ok }: Record<string, unknown>): string | null {
  if (typeof error === 'string' && /^[\w.:/-]{1,64}$/.test(error)) return error;
  const saysNone = error === undefined || error === null || error === false || error === '';
  return saysNone && ok !== false ? null : 'unreadable_error';
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
