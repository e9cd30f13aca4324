import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { sha256 } from '#libs/crypto';
import { Clock, secondsAfter } from '#libs/scheduling';
import { PartnerJwts } from './partner-jwts.js';
import { UpstreamCircuits } from './upstream-circuits.js';
import { UpstreamError } from './upstream-error.js';
import { CLIENT_CREDENTIALS, exchangeOf, TOKEN_TYPES } from './token-exchange.js';
import { withoutToken } from './without-token.js';
import type { UpstreamUrgency } from './upstream-request.js';
import { UpstreamTokenEndpoint, type IssuedToken } from './upstream-token-endpoint.js';
import { UpstreamTokenStore, type StoredToken, type TokenOwner } from './upstream-tokens.store.js';
import type { Upstream } from './upstream.entity.js';

const LOOK_MILLISECONDS = 150;
const LOOKS = 200;
const HELD_SECONDS = 30;
const HELD_ENTRIES = 10_000;

/** Tokens that an upstream gives our client: one exchange at a time for each user, over all processes, whose result all who need it share. */
@Injectable()
export class ExchangedTokens {
  readonly #held = new Map<string, StoredToken & { until: Date }>();
  readonly #asking = new Map<string, Promise<StoredToken>>();

  constructor(
    private readonly store: UpstreamTokenStore,
    private readonly endpoint: UpstreamTokenEndpoint,
    private readonly jwts: PartnerJwts,
    private readonly circuits: UpstreamCircuits,
    private readonly clock: Clock,
  ) {}

  /** @param userId null: of the client itself @throws UpstreamError */
  async take(upstream: Upstream, userId: string | null, urgency: UpstreamUrgency): Promise<StoredToken> {
    const owner = ownerOf(upstream, userId);
    const name = nameOf(owner);
    const held = this.#held.get(name);
    const now = this.clock.now();
    if (held && held.until > now && held.renewAt > now) return held;
    const asking = this.#asking.get(name) ?? this.#ask(upstream, userId, urgency);
    this.#asking.set(name, asking);
    return asking;
  }

  /** The upstream does not take it any more. */
  async drop(upstream: Upstream, userId: string | null, { version }: StoredToken): Promise<void> {
    const owner = ownerOf(upstream, userId);
    if (this.#held.get(nameOf(owner))?.version === version) this.#held.delete(nameOf(owner));
    await this.store.drop(owner, version);
  }

  async #ask(upstream: Upstream, userId: string | null, urgency: UpstreamUrgency): Promise<StoredToken> {
    const owner = ownerOf(upstream, userId);
    const name = nameOf(owner);
    try {
      const stored = await this.#found(owner, () => this.#issue(upstream, userId, urgency));
      const [oldest] = this.#held.keys();
      if (this.#held.size >= HELD_ENTRIES && oldest !== undefined) this.#held.delete(oldest);
      this.#held.set(name, { ...stored, until: secondsAfter(this.clock.now(), HELD_SECONDS) });
      return stored;
    } finally {
      this.#asking.delete(name);
    }
  }

  /** The stored one, or the one that another process is asking for, or one that is asked for here. */
  async #found(owner: TokenOwner, issue: () => Promise<IssuedToken>): Promise<StoredToken> {
    for (let looks = 0; looks < LOOKS; looks += 1) {
      const stored = await this.store.find(owner);
      if (stored) return stored;
      const version = await this.store.claim(owner);
      if (version !== null) return this.#issued(owner, version, issue);
      await wait(LOOK_MILLISECONDS);
    }
    throw new UpstreamError('unavailable', 'Another process has been asking for a token for too long.');
  }

  async #issued(owner: TokenOwner, version: number, issue: () => Promise<IssuedToken>): Promise<StoredToken> {
    try {
      return await this.store.store(owner, version, await issue());
    } catch (error) {
      await this.store.release(owner, version);
      throw error;
    }
  }

  async #issue(upstream: Upstream, userId: string | null, urgency: UpstreamUrgency): Promise<IssuedToken> {
    const scope = upstream.scopes.join(' ');
    try {
      const parameters: Record<string, string> =
        userId === null
          ? { grant_type: CLIENT_CREDENTIALS, ...(scope && { scope }) }
          : { ...exchangeOf(await this.jwts.of(upstream, userId), TOKEN_TYPES.jwt, TOKEN_TYPES.access), scope };
      const issued = await this.endpoint.ask(upstream, parameters, urgency);
      await this.circuits.noteTokens(upstream, null);
      return issued;
    } catch (error) {
      if (error instanceof UpstreamError && error.kind === 'refused')
        await this.circuits.noteTokens(upstream, refusalOf(error));
      throw withoutToken(upstream, error);
    }
  }
}

/** For the operator's eyes. */
function refusalOf(error: UpstreamError): string {
  return error.hasCode('invalid_client') ? 'The client id or the client secret is wrong.' : error.message;
}

function ownerOf(upstream: Upstream, userId: string | null): TokenOwner {
  const { tenantId, id } = upstream;
  return { tenantId, upstreamId: id, subjectId: userId ?? id, terms: termsOf(upstream) };
}

/** The operator may name another server, or another client, at any time: no token of the one goes to the other. */
function termsOf({
  mode,
  apiUrl,
  tokenUrl,
  clientId,
  issuer,
  audience,
  userClaim,
  orgClaim,
  scopes,
}: Upstream): string {
  const terms = [mode, apiUrl, tokenUrl, clientId, issuer, audience, userClaim, orgClaim, scopes];
  return sha256(JSON.stringify(terms)).toString('base64');
}

function nameOf({ tenantId, upstreamId, subjectId, terms }: TokenOwner): string {
  return `${tenantId} ${upstreamId} ${subjectId} ${terms}`;
}
