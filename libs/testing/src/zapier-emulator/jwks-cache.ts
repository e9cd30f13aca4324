import type { JSONWebKeySet, JWK } from 'jose';
import { TokenError } from './problem.js';
import type { EmulatorSettings, PartnerRegistration } from './settings.js';

interface Cached {
  keys: JWK[];
  fetchedAt: number;
}

const TIMEOUT_MILLISECONDS = 5000;

/** The partners' keys, as old as the settings allow (C20). */
export class JwksCache {
  readonly #cached = new Map<string, Cached>();
  /** How often a partner's keys were fetched. */
  readonly fetches = new Map<string, number>();

  clear(): void {
    this.#cached.clear();
  }

  /** @throws TokenError temporarily_unavailable when there is no copy that may be used */
  async find(
    partner: PartnerRegistration,
    kid: string,
    now: number,
    { jwksCacheSeconds, jwksRefetchSeconds }: EmulatorSettings,
  ): Promise<JWK | undefined> {
    const named = ({ keys }: Cached) => keys.find((key) => key.kid === kid);
    const cached = this.#cached.get(partner.clientId);
    if (!cached || now - cached.fetchedAt >= jwksCacheSeconds * 1000) {
      const fresh = await this.#fetch(partner, now).catch((error: unknown) => error);
      if (!(fresh instanceof Error)) return named(fresh as Cached);
      // Stale keys are better than none, for those alone that were there before.
      const stale = cached && named(cached);
      if (stale) return stale;
      throw new TokenError('temporarily_unavailable', 'The keys cannot be fetched.', 503, { 'retry-after': '30' });
    }
    const known = named(cached);
    const mayAsk = jwksRefetchSeconds !== null && now - cached.fetchedAt >= jwksRefetchSeconds * 1000;
    if (known || !mayAsk) return known;
    return named(await this.#fetch(partner, now).catch(() => cached));
  }

  async #fetch({ clientId, jwksUri, jwks }: PartnerRegistration, now: number): Promise<Cached> {
    this.fetches.set(clientId, (this.fetches.get(clientId) ?? 0) + 1);
    const set = jwks ?? (await fetchSet(jwksUri));
    const fresh = { keys: set.keys, fetchedAt: now };
    this.#cached.set(clientId, fresh);
    return fresh;
  }
}

async function fetchSet(uri: string | null): Promise<JSONWebKeySet> {
  if (uri === null) throw new Error('The partner has registered no keys.');
  const response = await fetch(uri, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) });
  const set = (await response.json()) as Partial<JSONWebKeySet>;
  if (!response.ok || !Array.isArray(set.keys)) throw new Error('There are no keys.');
  return { keys: set.keys };
}
