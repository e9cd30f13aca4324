import { invalidGrant, pairAnswer } from './code-grant.js';
import type { Exchange } from './exchange.js';
import type { PartnerRegistration } from './settings.js';
import type { TokenAnswer } from './token-answer.js';
import { type Form, required, scopesIn } from './token-form.js';

/** protocol.md §3.2: a new pair, and the old refresh token ends at that moment. */
export function refreshTokens(exchange: Exchange, { clientId }: PartnerRegistration, form: Form): TokenAnswer {
  const { world, fired } = exchange;
  const { tokens, settings } = world;
  const held = tokens.refresh(required(form, 'refresh_token'));
  if (!held || held.client !== clientId) throw invalidGrant('The refresh token is not known.');
  exchange.user = held.user?.name ?? null;
  if (tokens.isDead(held.family)) throw invalidGrant('The refresh token was revoked.');
  const seconds = settings.accessTokenSeconds;
  if (held.usedAt !== null) {
    const inGrace = world.now() - held.usedAt < settings.refreshGraceSeconds * 1000;
    if (inGrace && held.successor?.refresh.usedAt === null) {
      return pairAnswer(held.successor.access, held.successor.refresh, seconds);
    }
    if (settings.reuseKillsFamily) tokens.killFamily(held.family);
    throw invalidGrant('The refresh token was used before.');
  }
  // It may ask for less, never for more (C10).
  const scopes = scopesIn(form, held.scopes);
  const access = tokens.issueAccess({ ...held, scopes }, world.now() + seconds * 1000, held.family);
  if (fired.refresh_token_kept) {
    const { refresh_token: _, ...answer } = pairAnswer(access, held, seconds);
    return answer;
  }
  const refresh = tokens.issueRefresh(held, held.family);
  held.usedAt = world.now();
  held.successor = { access, refresh };
  return pairAnswer(access, refresh, seconds);
}
