import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { TenantId, Transaction } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock, OutageLog, RecentUses, secondsAfter } from '#libs/scheduling';
import { HeldKeySets, type HeldKeySet } from './held-key-sets.js';
import { JwksFetch } from './jwks-fetch.js';
import type { VerificationKey } from './jws-signature.js';
import { RefusedKeySet, admitKeys, type AdmittedKeys } from './key-admission.js';
import { COOLDOWN_SECONDS, KeyRenewal } from './key-renewal.js';
import { whyMissing } from './missing-key.js';
import { isFresh, isWithinStaleLimit, toTrustStatus, type TrustStatus } from './trust-status.js';
import type { TrustedKeySet } from './trusted-key-set.entity.js';
import { TrustedKeySets } from './trusted-key-sets.store.js';

const SET_USE_PRECISION_SECONDS = 60;

/** At least one of the two. Uploaded keys win over fetched ones of the same kid. */
export interface TrustSource {
  jwksUri?: string;
  jwks?: unknown;
}

/** The keys that a tenant signs with: uploaded, fetched from its JWKS URL, or both. The row is the truth; each process holds a copy of it. */
@Injectable()
export class TrustedKeys implements BeforeApplicationShutdown {
  readonly #outage = new OutageLog(new Logger('TrustedKeys'), 'The last uses of trusted keys');
  readonly #uses = new RecentUses();
  #flushing: Promise<void> | null = null;

  constructor(
    private readonly sets: TrustedKeySets,
    private readonly held: HeldKeySets,
    private readonly renewal: KeyRenewal,
    private readonly jwks: JwksFetch,
    private readonly clock: Clock,
  ) {}

  /** Refuses a URL that may not be called. Resolves names, so never within a transaction. @throws Problem invalid */
  async requireAllowed({ jwksUri }: TrustSource): Promise<void> {
    if (jwksUri === undefined || (await this.jwks.isAllowed(jwksUri))) return;
    throw problem('invalid', 'HTTPS on a public address is needed for trust.jwks_uri, without a user name in it.', {
      source: { pointer: '/trust/jwks_uri' },
    });
  }

  /**
   * Sets where the tenant's keys come from, forgetting all that came from elsewhere. After the commit the caller calls `forget`.
   * @throws Problem invalid when the uploaded set is not acceptable
   */
  async register(tenantId: TenantId, { jwksUri, jwks }: TrustSource, tx: Transaction): Promise<void> {
    const keys = jwks === undefined ? null : uploaded(jwks);
    await this.sets.register(tenantId, jwksUri ?? null, keys, this.clock.now(), tx);
    this.held.forget(tenantId);
  }

  /** This process reads the tenant's set again before its next answer; the others do within a second. */
  forget(tenantId: TenantId): void {
    this.held.forget(tenantId);
  }

  /**
   * The key of this kid, fetched when it must be. Null: the tenant has no such key.
   * @throws Problem temporarily_unavailable when the tenant's JWKS can't be read and no usable copy holds the key
   */
  async find(tenantId: TenantId, kid: string): Promise<VerificationKey | null> {
    let held = await this.held.get(tenantId);
    const key = this.#keyInForce(held, kid);
    const { jwksUri } = held.set;
    if (jwksUri === null) return key;
    if (key) {
      // A source that fails may be slow to do so: a copy that may stand in for it is not held up by that.
      const ages = !held.uploaded.has(kid) && !isFresh(held.set, this.clock.now());
      if (ages && this.#mayAttempt(held.set)) this.renewal.attemptInBackground(tenantId, jwksUri);
      return key;
    }
    if (this.#mayAttempt(held.set)) {
      await this.renewal.attempt(tenantId, jwksUri);
      held = await this.held.get(tenantId);
    }
    return this.#keyInForce(held, kid) ?? this.#absent(held.set);
  }

  /** For a kid that was not found: what the tenant's keys are, and what to do. */
  async whyMissing(tenantId: TenantId, kid: string): Promise<string> {
    return whyMissing((await this.held.get(tenantId)).set, kid, this.clock.now());
  }

  /** Remembers that a key verified a signature. */
  noteUse(tenantId: TenantId, kid: string): void {
    this.#uses.note(tenantId, kid, this.clock.now());
  }

  /** @throws Problem not_found */
  async status(tenantId: TenantId): Promise<TrustStatus> {
    await this.flushUses();
    const set = await this.sets.get(tenantId);
    return toTrustStatus(set, await this.sets.uses(tenantId), this.clock.now());
  }

  /** Fetches now, past every cooldown. A failure is in the status. Does nothing where all keys are uploaded. @throws Problem not_found */
  async refresh(tenantId: TenantId): Promise<void> {
    const { jwksUri } = await this.sets.get(tenantId);
    if (jwksUri !== null) await this.renewal.refresh(tenantId, jwksUri);
  }

  /** Forgets what was fetched, so that no copy stands in for a source that is down. Uploaded keys stay. */
  async forgetFetched(tenantId: TenantId): Promise<void> {
    await this.sets.forgetFetched(tenantId);
    this.held.forget(tenantId);
  }

  /** Fetches what ages and is in use; to be called each second. Never throws. */
  renewDue(): Promise<void> {
    return this.renewal.renewDue();
  }

  /** Writes what noteUse has gathered; to be called each second. Never throws: what could not be written is tried again with the next call. */
  flushUses(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => (this.#flushing = null));
    return this.#flushing;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.renewal.stop();
    await this.#flushing;
    await this.flushUses();
  }

  /** Uploaded keys are always in force; fetched ones while they are fresh, and for a day while their source fails. */
  #keyInForce({ set, uploaded: own, fetched }: HeldKeySet, kid: string): VerificationKey | null {
    const fixed = own.get(kid);
    if (fixed) return fixed;
    const now = this.clock.now();
    const inForce = isFresh(set, now) || (set.lastError !== null && isWithinStaleLimit(set, now));
    return (inForce && fetched.get(kid)) || null;
  }

  #mayAttempt({ attemptedAt, fetchingUntil }: TrustedKeySet): boolean {
    // One under way is waited for, not counted against the request.
    if (attemptedAt === null || fetchingUntil !== null) return true;
    return secondsAfter(attemptedAt, COOLDOWN_SECONDS) <= this.clock.now();
  }

  /** A kid that a good copy does not hold names no key; without a good copy nobody can say. */
  #absent(set: TrustedKeySet): null {
    const now = this.clock.now();
    if (set.jwksUri === null || (set.lastError === null && isFresh(set, now))) return null;
    const nextAt = set.attemptedAt === null ? now : secondsAfter(set.attemptedAt, COOLDOWN_SECONDS);
    throw problem(
      'temporarily_unavailable',
      'Your JWKS could not be read, so the token could not be checked. Try again soon.',
      {
        privateDetail: set.lastError ?? 'The last fetch did not come to an end.',
        retryAfterSeconds: Math.max(1, Math.ceil((nextAt.getTime() - now.getTime()) / 1000)),
      },
    );
  }

  async #flush(): Promise<void> {
    const setsUsedBefore = secondsAfter(this.clock.now(), -SET_USE_PRECISION_SECONDS);
    await this.#outage.around(() => this.#uses.flush((uses) => this.sets.storeUses(uses, setsUsedBefore)));
  }
}

function uploaded(jwks: unknown): AdmittedKeys {
  try {
    return admitKeys(jwks);
  } catch (error) {
    if (!(error instanceof RefusedKeySet)) throw error;
    throw problem('invalid', `The JWKS is not usable. ${error.message}`, { source: { pointer: '/trust/jwks' } });
  }
}
