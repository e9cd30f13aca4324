import { Injectable } from '@nestjs/common';
import { SignJWT, importJWK, type JWK, type JWTPayload } from 'jose';
import type { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock, RecentUses, secondsAfter } from '#libs/scheduling';
import { Vault } from '#libs/vault';
import { PublishedKeys } from './published-keys.js';
import { privateHalf, SigningKeyStore } from './signing-keys.store.js';

type ImportedKey = Awaited<ReturnType<typeof importJWK>>;

/** A private key that signs nothing leaves the memory. */
const UNUSED_SECONDS = 3600;
const MAX_KEYS = 10_000;

interface HeldKey {
  key: ImportedKey;
  tenantId: TenantId;
  usedAt: Date;
}

interface ActiveKey {
  kid: string;
  alg: string;
  key: ImportedKey;
}

/** Signs JWTs with a tenant's active key. */
@Injectable()
export class Signer {
  readonly #held = new Map<string, HeldKey>();
  readonly #uses = new RecentUses();

  constructor(
    private readonly published: PublishedKeys,
    private readonly store: SigningKeyStore,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  /**
   * A compact JWS of these claims, with `alg`, `kid` and `typ: JWT` in its header. A key that was revoked signs no more within a second of
   * it, on every process that the database answers; one that is cut off from it learns of the revocation when it is not.
   * @throws Problem unavailable when the key is not in memory and the database is away
   */
  async sign(tenantId: TenantId, claims: JWTPayload): Promise<string> {
    const { kid, key, alg } = (await this.#active(tenantId)) ?? (await this.#activeNow(tenantId));
    this.#uses.note(tenantId, kid, this.clock.now());
    return new SignJWT(claims).setProtectedHeader({ alg, kid, typ: 'JWT' }).sign(key);
  }

  /** Writes down which keys signed, and when, and forgets those that sign no more. For a tick: cheap when there is nothing to do. */
  async flushUses(): Promise<void> {
    this.#forgetUnused();
    await this.#uses.flush((uses) => this.store.noteUses(uses));
  }

  /** The set in memory may name a key that has been replaced, and its private half destroyed, in this very second. */
  async #activeNow(tenantId: TenantId): Promise<ActiveKey> {
    await this.published.sync();
    const active = await this.#active(tenantId);
    if (!active) throw new Error('The tenant has no key that signs.');
    return active;
  }

  async #active(tenantId: TenantId): Promise<ActiveKey | null> {
    const active = (await this.published.byTenant(tenantId))?.active;
    if (!active) return null;
    const held = this.#held.get(active.kid);
    if (held) {
      held.usedAt = this.clock.now();
      // The least recently used stand first.
      this.#held.delete(active.kid);
      this.#held.set(active.kid, held);
      return { ...active, key: held.key };
    }
    const key = await this.#read(tenantId, active);
    return key && { ...active, key };
  }

  async #read(tenantId: TenantId, { kid, alg }: { kid: string; alg: string }): Promise<ImportedKey | null> {
    const stored = await this.#stored(tenantId, kid);
    if (!stored) return null;
    const key = await importJWK(stored.value.reveal(), alg);
    const [oldest] = this.#held.keys();
    if (this.#held.size >= MAX_KEYS && oldest !== undefined) this.#held.delete(oldest);
    this.#held.set(kid, { key, tenantId, usedAt: this.clock.now() });
    return key;
  }

  /** A look at the database tells its absence from a secret that does not open. */
  async #stored(tenantId: TenantId, kid: string): Promise<{ value: Secret<JWK> } | null> {
    try {
      return await this.vault.get<JWK>(tenantId, privateHalf(kid));
    } catch (cause) {
      if (await this.published.sync()) throw cause;
      throw problem(
        'unavailable',
        'The database does not answer, so the signing key can not be read. Try again soon.',
        {
          retryAfterSeconds: 1,
          cause,
        },
      );
    }
  }

  #forgetUnused(): void {
    const unusedSince = secondsAfter(this.clock.now(), -UNUSED_SECONDS);
    for (const [kid, { tenantId, usedAt }] of this.#held) {
      if (usedAt <= unusedSince || this.published.activeKid(tenantId) !== kid) this.#held.delete(kid);
    }
  }
}
