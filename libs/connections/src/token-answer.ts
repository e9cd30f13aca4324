import type { Credentials } from './credentials.js';

export type Oauth2Credentials = Extract<Credentials, { kind: 'oauth2' }>;

const MAX_LIFE_SECONDS = 90 * 86_400;

/**
 * A token endpoint's successful answer (RFC 6749 §5.1) as credentials; null when it holds no access token.
 * @param askedAt taken before the request: the token's life is counted from then, so it is never thought longer than it is
 * @param before what holds where the answer is silent: an absent `scope` means what was asked for (§5.1), an absent `refresh_token`
 *   that the spent one stays good (§6)
 */
export function readTokenAnswer(
  members: Record<string, unknown>,
  askedAt: Date,
  before: { refreshToken: string | null; scopes: readonly string[] },
): Oauth2Credentials | null {
  const accessToken = text(members.access_token);
  if (accessToken === null) return null;
  return {
    kind: 'oauth2',
    accessToken,
    refreshToken: text(members.refresh_token) ?? before.refreshToken,
    scopes: typeof members.scope === 'string' ? members.scope.split(' ').filter(Boolean) : [...before.scopes],
    expiresAt: endOf(askedAt, members.expires_in),
    obtainedAt: askedAt.toISOString(),
  };
}

/** Some third parties send the number as text. One that says nothing sensible is none: the app itself then tells when the token ends. */
function endOf(askedAt: Date, expiresIn: unknown): string | null {
  const lifeSeconds = typeof expiresIn === 'number' || typeof expiresIn === 'string' ? Number(expiresIn) : Number.NaN;
  if (!(lifeSeconds > 0)) return null;
  return new Date(askedAt.getTime() + Math.min(MAX_LIFE_SECONDS, lifeSeconds) * 1000).toISOString();
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
