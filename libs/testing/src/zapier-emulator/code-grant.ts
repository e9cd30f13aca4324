import { createHash } from 'node:crypto';
import type { Exchange } from './exchange.js';
import { TokenError } from './problem.js';
import type { PartnerRegistration } from './settings.js';
import type { TokenAnswer } from './token-answer.js';
import type { AccessToken, Code, RefreshToken } from './token-book.js';
import { type Form, required } from './token-form.js';

/** protocol.md §3.1. A code that comes again takes with it what its first use gave (C3). */
export function exchangeCode(exchange: Exchange, { clientId }: PartnerRegistration, form: Form): TokenAnswer {
  const { world } = exchange;
  const text = required(form, 'code');
  const redirectUri = required(form, 'redirect_uri');
  const code = world.tokens.code(text);
  if (!code || code.client !== clientId) throw invalidGrant('The code is not known.');
  if (code.usedAt !== null) {
    world.tokens.killFamily(code.family);
    throw invalidGrant('The code was used before.');
  }
  if (code.expiresAt <= world.now()) throw invalidGrant('The code has expired.');
  if (code.redirectUri !== redirectUri) throw invalidGrant('redirect_uri is another.');
  if (!provesChallenge(code, form.get('code_verifier'))) throw invalidGrant('code_verifier does not fit.');
  code.usedAt = world.now();
  exchange.user = code.user?.name ?? null;
  const { accessTokenSeconds } = world.settings;
  const access = world.tokens.issueAccess(code, world.now() + accessTokenSeconds * 1000, code.family);
  return pairAnswer(access, world.tokens.issueRefresh(code, code.family), accessTokenSeconds);
}

export function pairAnswer(access: AccessToken, refresh: RefreshToken, seconds: number): TokenAnswer {
  return {
    access_token: access.token,
    expires_in: seconds,
    token_type: 'Bearer',
    scope: access.scopes.join(' '),
    refresh_token: refresh.token,
  };
}

export const invalidGrant = (description: string) => new TokenError('invalid_grant', description);

/** RFC 7636 §4.6. A verifier where there was no challenge is a downgrade, and refused too. */
function provesChallenge({ challenge }: Code, verifier: string | undefined): boolean {
  if (challenge === null || verifier === undefined) return challenge === null && verifier === undefined;
  return createHash('sha256').update(verifier).digest('base64url') === challenge;
}
