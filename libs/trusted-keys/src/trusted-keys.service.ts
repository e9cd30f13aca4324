import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { JWK } from 'jose';
import type { Repository } from 'typeorm';
import type { TenantId, Transaction } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock, secondsAfter } from '#libs/scheduling';
import { JwksFetch } from './jwks-fetch.js';
import { RefusedKeySet, admitKeys } from './key-admission.js';
import { TrustedKeySet } from './trusted-key-set.entity.js';

const STALE_SECONDS = 24 * 3600;
const UNKNOWN_KID_COOLDOWN_SECONDS = 30;

export type TrustSource = { jwksUri: string } | { jwks: unknown };

/** The keys that a tenant signs with: uploaded, or fetched from its JWKS URL and kept in the database, so that every process sees the same. */
@Injectable()
export class TrustedKeys {
  /** By tenant and URL: a fetch of the source that was there before answers nobody who asks for the new one. */
  readonly #fetching = new Map<string, Promise<TrustedKeySet>>();
  readonly #attemptedAt = new Map<string, Date>();

  constructor(
    @InjectRepository(TrustedKeySet) private readonly repository: Repository<TrustedKeySet>,
    private readonly jwks: JwksFetch,
    private readonly clock: Clock,
  ) {}

  /**
   * Sets where the tenant's keys come from, forgetting all that came from elsewhere.
   * @throws Problem invalid when the uploaded set is not acceptable
   */
  async register(tenantId: TenantId, source: TrustSource, tx: Transaction): Promise<void> {
    const values = {
      tenantId,
      jwksUri: 'jwksUri' in source ? source.jwksUri : null,
      uploadedKeys: 'jwks' in source ? uploaded(source.jwks) : null,
      fetchedKeys: null,
      fetchedAt: null,
      freshUntil: null,
      lastError: null,
    };
    await tx.manager.upsert(TrustedKeySet, values, ['tenantId']);
  }

  /**
   * The key of this kid, fetched when it must be. Null: the tenant has no such key.
   * @throws Problem temporarily_unavailable when the tenant's JWKS can't be read and no usable copy holds the key
   */
  async find(tenantId: TenantId, kid: string): Promise<JWK | null> {
    let set = await this.#load(tenantId);
    const fixed = byKid(set.uploadedKeys, kid);
    if (fixed || set.jwksUri === null) return fixed;
    const held = byKid(set.fetchedKeys, kid);
    if (this.#mustFetch(set, held)) set = await this.#refetch(set);
    // A fetch that was under way may have ended since the set was read.
    else if (!held) set = await this.#load(tenantId);
    const key = byKid(set.fetchedKeys, kid);
    if (key && !this.#isTooStale(set)) return key;
    if (set.lastError === null) return null;
    throw problem(
      'temporarily_unavailable',
      'Your JWKS could not be read, so the token could not be checked. Try again soon.',
      {
        privateDetail: set.lastError,
        retryAfterSeconds: UNKNOWN_KID_COOLDOWN_SECONDS,
      },
    );
  }

  /** What the tenant's operator sees of its own keys. */
  async status(tenantId: TenantId): Promise<{ set: TrustedKeySet; stale: boolean }> {
    const set = await this.#load(tenantId);
    return { set, stale: set.jwksUri !== null && !this.#isFresh(set) };
  }

  async #load(tenantId: TenantId): Promise<TrustedKeySet> {
    const set = await this.repository.findOneBy({ tenantId });
    if (!set) throw problem('not_found', 'The tenant has no registered keys.');
    return set;
  }

  /** A flood of unknown kids costs one fetch each 30 seconds, failed or not. */
  #mustFetch(set: TrustedKeySet, held: JWK | null): boolean {
    if (held && this.#isFresh(set)) return false;
    // One under way is waited for, not counted against the request.
    if (this.#fetching.has(sourceOf(set))) return true;
    const attemptedAt = this.#attemptedAt.get(sourceOf(set));
    return attemptedAt === undefined || secondsAfter(attemptedAt, UNKNOWN_KID_COOLDOWN_SECONDS) <= this.clock.now();
  }

  #isFresh(set: TrustedKeySet): boolean {
    return set.freshUntil !== null && set.freshUntil > this.clock.now();
  }

  #isTooStale(set: TrustedKeySet): boolean {
    return set.fetchedAt === null || secondsAfter(set.fetchedAt, STALE_SECONDS) < this.clock.now();
  }

  /** One fetch at a time per tenant over all requests of this process. */
  #refetch(set: TrustedKeySet): Promise<TrustedKeySet> {
    const name = sourceOf(set);
    const underWay = this.#fetching.get(name);
    if (underWay) return underWay;
    const fetching = this.#fetch(set).finally(() => this.#fetching.delete(name));
    this.#fetching.set(name, fetching);
    return fetching;
  }

  async #fetch(set: TrustedKeySet): Promise<TrustedKeySet> {
    this.#attemptedAt.set(sourceOf(set), this.clock.now());
    const outcome = await this.jwks.fetch(set.jwksUri ?? '');
    const now = this.clock.now();
    const changes =
      'error' in outcome
        ? { lastError: outcome.error }
        : {
            fetchedKeys: outcome.keys,
            fetchedAt: now,
            freshUntil: secondsAfter(now, outcome.freshSeconds),
            lastError: null,
          };
    const updated = Object.assign(set, changes);
    // Only for the source that was asked: another may have been registered meanwhile.
    await this.repository.update({ tenantId: set.tenantId, jwksUri: set.jwksUri ?? '' }, changes);
    return updated;
  }
}

function sourceOf({ tenantId, jwksUri }: TrustedKeySet): string {
  return `${tenantId} ${jwksUri}`;
}

function uploaded(jwks: unknown): JWK[] {
  try {
    return admitKeys(jwks);
  } catch (error) {
    if (!(error instanceof RefusedKeySet)) throw error;
    throw problem('invalid', `The JWKS is not usable. ${error.message}`, { source: { pointer: '/trust/jwks' } });
  }
}

function byKid(keys: JWK[] | null, kid: string): JWK | null {
  return keys?.find((key) => key.kid === kid) ?? null;
}
