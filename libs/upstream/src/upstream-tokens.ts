import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Secret } from '#libs/crypto';
import { Clock, secondsAfter } from '#libs/scheduling';
import { PartnerJwts } from './partner-jwts.js';
import { UpstreamError } from './upstream-error.js';
import type { UpstreamUrgency } from './upstream-request.js';
import { UpstreamTokenEndpoint, type IssuedToken } from './upstream-token-endpoint.js';
import { UpstreamTokenStore, type StoredToken, type TokenOwner } from './upstream-tokens.store.js';
import type { Upstream } from './upstream.entity.js';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
/** With a hyphen, as Zapier has it; RFC 8693 registers `access_token` (protocol.md §11). */
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access-token';
export const CONNECT_TOKEN = 'urn:ietf:params:oauth:token-type:connect-token';
export const EXTERNAL_JWT = 'urn:ietf:params:oauth:token-type:external-jwt';

const LOOK_MILLISECONDS = 150;
const LOOKS = 200;
const HELD_SECONDS = 30;
const HELD_ENTRIES = 10_000;

/** A token that an upstream takes from us. */
export interface UpstreamBearer {
  token: Secret<string>;
  version: number;
}

/** Access tokens at upstreams: one exchange at a time for each user, over all processes, whose result all who need it share. */
@Injectable()
export class UpstreamTokens {
  readonly #held = new Map<string, StoredToken & { until: Date }>();
  readonly #asking = new Map<string, Promise<StoredToken>>();

  constructor(
    private readonly store: UpstreamTokenStore,
    private readonly endpoint: UpstreamTokenEndpoint,
    private readonly jwts: PartnerJwts,
    private readonly clock: Clock,
  ) {}

  /** @param userId null: of the client itself @throws UpstreamError */
  async take(upstream: Upstream, userId: string | null, urgency: UpstreamUrgency): Promise<UpstreamBearer> {
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
  async drop(upstream: Upstream, userId: string | null, { version }: UpstreamBearer): Promise<void> {
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
      if (userId === null)
        return await this.endpoint.ask(upstream, { grant_type: 'client_credentials', scope }, urgency);
      return await this.endpoint.ask(
        upstream,
        {
          grant_type: EXCHANGE,
          subject_token: await this.jwts.of(upstream, userId),
          subject_token_type: EXTERNAL_JWT,
          requested_token_type: ACCESS_TOKEN,
          scope,
        },
        urgency,
      );
    } catch (error) {
      throw error instanceof UpstreamError ? untold(upstream, error) : error;
    }
  }
}

/** That we get no token is no fault of who asked for something: what they asked for was not even sent. */
function untold({ title }: Upstream, error: UpstreamError): UpstreamError {
  if (error.kind === 'throttled' || error.kind === 'paused' || error.kind === 'unlinked') return error;
  const { status, problems, at, kind } = error;
  const message = error.hasCode('invalid_client')
    ? `${title} does not accept the client's id and secret.`
    : `${title} gave no token. ${error.message}`;
  const isAway = kind === 'unreachable' ? kind : 'unavailable';
  return new UpstreamError(isAway, message, { status, problems, at, cause: error });
}

function ownerOf({ tenantId, id }: Upstream, userId: string | null): TokenOwner {
  return { tenantId, upstreamId: id, subjectId: userId ?? id };
}

function nameOf({ tenantId, upstreamId, subjectId }: TokenOwner): string {
  return `${tenantId} ${upstreamId} ${subjectId}`;
}
