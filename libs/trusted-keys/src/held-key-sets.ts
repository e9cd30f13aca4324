import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { TenantId } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import type { PublicJwk, VerificationKey } from './jws-signature.js';
import { usableKey } from './key-admission.js';
import type { TrustedKeySet } from './trusted-key-set.entity.js';
import { TrustedKeySets } from './trusted-key-sets.store.js';

const BELIEVED_SECONDS = 1;
const MAX_SETS = 5000;

/** A tenant's keys, imported, as its row was at `readAt`. */
export interface HeldKeySet {
  set: TrustedKeySet;
  uploaded: ReadonlyMap<string, VerificationKey>;
  fetched: ReadonlyMap<string, VerificationKey>;
  /** Null: forgotten. Nobody is answered from it; its imports still serve the next read, for what has not changed. */
  readAt: Date | null;
}

/**
 * Key sets in memory, so that a signature is checked without a query. Each is believed for a second and then read again: what another
 * process changes is felt within that second.
 */
@Injectable()
export class HeldKeySets {
  /** The one that was read longest ago comes first. */
  readonly #sets = new Map<TenantId, HeldKeySet>();
  readonly #reading = new Map<TenantId, Promise<HeldKeySet>>();

  constructor(
    private readonly store: TrustedKeySets,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem not_found */
  async get(tenantId: TenantId): Promise<HeldKeySet> {
    const held = this.#sets.get(tenantId);
    return held && this.#isBelieved(held) ? held : this.#readOnce(tenantId, held);
  }

  /** For who has just changed the row: from here on nobody is answered from what was read before. */
  forget(tenantId: TenantId): void {
    const held = this.#sets.get(tenantId);
    if (held) this.#sets.set(tenantId, { ...held, readAt: null });
    this.#reading.delete(tenantId);
  }

  #isBelieved({ readAt }: HeldKeySet): boolean {
    const now = this.clock.now();
    // A clock that was set back must not make it believed for longer.
    return readAt !== null && readAt <= now && now < secondsAfter(readAt, BELIEVED_SECONDS);
  }

  #readOnce(tenantId: TenantId, previous: HeldKeySet | undefined): Promise<HeldKeySet> {
    const underWay = this.#reading.get(tenantId);
    if (underWay) return underWay;
    const reading = this.#read(tenantId, previous)
      .then((held) => {
        if (this.#reading.get(tenantId) === reading) this.#keep(held);
        return held;
      })
      .finally(() => {
        if (this.#reading.get(tenantId) === reading) this.#reading.delete(tenantId);
      });
    this.#reading.set(tenantId, reading);
    return reading;
  }

  async #read(tenantId: TenantId, previous: HeldKeySet | undefined): Promise<HeldKeySet> {
    // Before the query: a change that is committed while it runs may not be in its answer.
    const readAt = this.clock.now();
    const set = await this.store.get(tenantId);
    if (previous?.readAt && previous.set.version === set.version) return { ...previous, set, readAt };
    const uploaded = imported(set.uploadedKeys, previous?.uploaded);
    return { set, uploaded, fetched: imported(set.fetchedKeys, previous?.fetched), readAt };
  }

  #keep(held: HeldKeySet): void {
    const { tenantId } = held.set;
    this.#sets.delete(tenantId);
    this.#sets.set(tenantId, held);
    const [oldest] = this.#sets.keys();
    if (this.#sets.size > MAX_SETS && oldest !== undefined) this.#sets.delete(oldest);
  }
}

/**
 * Admitted once more: what was stored before a rule was made is bound by it too. A key that is stored as it was keeps its import, which blocks
 * this process for up to a millisecond or two: a set may hold a hundred.
 */
function imported(
  stored: readonly PublicJwk[] | null,
  previous: ReadonlyMap<string, VerificationKey> = new Map(),
): Map<string, VerificationKey> {
  const keys = (stored ?? []).map((jwk) => {
    const known = previous.get(jwk.kid);
    return known && isDeepStrictEqual(known.jwk, jwk) ? known : usableKey(jwk);
  });
  return new Map(keys.filter((key) => typeof key !== 'string').map((key) => [key.kid, key]));
}
