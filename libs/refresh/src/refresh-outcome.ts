import { readTokenAnswer, type Oauth2Credentials } from '#libs/connections';
import { retryAfterSeconds, type EgressResponse } from '#libs/egress';

/** What a token endpoint's answer to a refresh means. */
export type RefreshOutcome =
  | { kind: 'refreshed'; credentials: Oauth2Credentials }
  /** Only the user can mend it. */
  | { kind: 'needs_user'; reason: string }
  /** It may work later: the third party's trouble, or the tenant's OAuth client. The user stays connected. */
  | { kind: 'retry'; reason: string; retryAfterSeconds: number | null };

/**
 * Reads the answer (RFC 6749 §5.1 and §5.2).
 * @param askedAt taken before the request
 */
export function readRefreshAnswer(response: EgressResponse, spent: Oauth2Credentials, askedAt: Date): RefreshOutcome {
  const body = parse(response.body);
  const error = typeof body.error === 'string' ? body.error : null;
  const credentials = response.status === 200 && error === null ? readTokenAnswer(body, askedAt, spent) : null;
  if (credentials) return { kind: 'refreshed', credentials };
  // The one code that speaks of the user's grant. Whatever else is refused is not the user's to mend.
  if (error === 'invalid_grant') return { kind: 'needs_user', reason: 'The third party ended the authorization.' };
  if (error === 'invalid_client' || error === 'unauthorized_client' || response.status === 401) {
    const reason = 'The OAuth client of this app was refused: check its client_id and client_secret.';
    return retryLater(reason);
  }
  return {
    kind: 'retry',
    reason: `The third party's token endpoint answered ${response.status}${error === null ? '' : ` (${error.slice(0, 64)})`}.`,
    retryAfterSeconds: retryAfterSeconds(response.headers['retry-after'], askedAt, 3600),
  };
}

export function retryLater(reason: string): RefreshOutcome {
  return { kind: 'retry', reason, retryAfterSeconds: null };
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
