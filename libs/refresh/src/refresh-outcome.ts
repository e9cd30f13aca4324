import type { Credentials } from '#libs/connections';
import { retryAfterSeconds, type EgressResponse } from '#libs/egress';

type Oauth2Credentials = Extract<Credentials, { kind: 'oauth2' }>;

/** What a token endpoint's answer to a refresh means. */
export type RefreshOutcome =
  | { kind: 'refreshed'; credentials: Oauth2Credentials }
  /** Only the user can mend it. */
  | { kind: 'needs_user'; reason: string }
  /** It may work later: the third party's trouble, or the tenant's OAuth client. The user stays connected. */
  | { kind: 'retry'; reason: string; retryAfterSeconds: number | null };

const MIN_LIFE_SECONDS = 60;
const MAX_LIFE_SECONDS = 90 * 86_400;

/**
 * Reads the answer (RFC 6749 §5.1 and §5.2). A missing refresh token means that the spent one stays good (§6).
 * @param askedAt taken before the request: the new token's life is counted from then, so it is never thought longer than it is
 */
export function readRefreshAnswer(response: EgressResponse, spent: Oauth2Credentials, askedAt: Date): RefreshOutcome {
  const body = parse(response.body);
  const error = typeof body.error === 'string' ? body.error : null;
  if (response.status === 200 && error === null && typeof body.access_token === 'string' && body.access_token !== '') {
    return { kind: 'refreshed', credentials: renewed(body, body.access_token, spent, askedAt) };
  }
  if (error === 'invalid_grant' || response.status === 401) {
    if (error === 'invalid_client')
      return retry('The OAuth client of this app was refused: check its client_id and client_secret.');
    return { kind: 'needs_user', reason: 'The third party ended the authorization.' };
  }
  if (error === 'invalid_client' || error === 'unauthorized_client') {
    return retry('The OAuth client of this app was refused: check its client_id and client_secret.');
  }
  return {
    kind: 'retry',
    reason: `The third party's token endpoint answered ${response.status}${error === null ? '' : ` (${error.slice(0, 64)})`}.`,
    retryAfterSeconds: retryAfterSeconds(response.headers['retry-after'], askedAt, 3600),
  };
}

function retry(reason: string): RefreshOutcome {
  return { kind: 'retry', reason, retryAfterSeconds: null };
}

function renewed(
  body: Record<string, unknown>,
  accessToken: string,
  spent: Oauth2Credentials,
  askedAt: Date,
): Oauth2Credentials {
  const lifeSeconds = body.expires_in === undefined ? null : Number(body.expires_in);
  return {
    kind: 'oauth2',
    accessToken,
    refreshToken:
      typeof body.refresh_token === 'string' && body.refresh_token !== '' ? body.refresh_token : spent.refreshToken,
    scopes: typeof body.scope === 'string' ? body.scope.split(' ').filter(Boolean) : spent.scopes,
    expiresAt: lifeSeconds !== null && Number.isFinite(lifeSeconds) ? endOf(askedAt, lifeSeconds) : null,
    obtainedAt: askedAt.toISOString(),
  };
}

function endOf(askedAt: Date, lifeSeconds: number): string {
  const clamped = Math.min(MAX_LIFE_SECONDS, Math.max(MIN_LIFE_SECONDS, lifeSeconds));
  return new Date(askedAt.getTime() + clamped * 1000).toISOString();
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
