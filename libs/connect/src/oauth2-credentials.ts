import type { Credentials } from '#libs/connections';
import type { TokenAnswer } from './app-oauth2-strategy.js';

/** The third party's answer (RFC 6749 §5.1) as credentials. An absent `scope` means that what was asked for was granted. */
export function oauth2Credentials(answer: TokenAnswer, askedScopes: readonly string[], obtainedAt: Date): Credentials {
  const lifeSeconds = Number(answer.members.expires_in ?? Number.NaN);
  const { scope } = answer.members;
  return {
    kind: 'oauth2',
    accessToken: answer.accessToken,
    refreshToken: answer.refreshToken || null,
    scopes: typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [...askedScopes],
    expiresAt:
      lifeSeconds > 0 && lifeSeconds < 1e9 ? new Date(obtainedAt.getTime() + lifeSeconds * 1000).toISOString() : null,
    obtainedAt: obtainedAt.toISOString(),
  };
}
