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

/** An unused private key leaves the memory; a tenant that signs all the time reads its key from the vault as often as this. */
const KEY_SECONDS = 300;
const MAX_KEYS = 1000;

interface HeldKey {
  key: ImportedKey;
  heldUntil: Date;
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
   * it, on every process.
   * @throws Problem unavailable when the key is not in memory and the database is away
   */
  async sign(tenantId: TenantId, claims: JWTPayload): Promise<string> {
    const { kid, key, alg } = (await this.#active(tenantId)) ?? (await this.#activeNow(tenantId));
    this.#uses.note(tenantId, kid, this.clock.now());
    return new SignJWT(claims).setProtectedHeader({ alg, kid, typ: 'JWT' }).sign(key);
  }

  /** Writes down which keys signed, and when. Cheap when none did. */
  async flushUses(): Promise<void> {
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
    if (held && held.heldUntil > this.clock.now()) return { ...active, key: held.key };
    const key = await this.#read(tenantId, active);
    return key && { ...active, key };
  }

  async #read(tenantId: TenantId, { kid, alg }: { kid: string; alg: string }): Promise<ImportedKey | null> {
    const stored = await this.#stored(tenantId, kid);
    if (!stored) return null;
    const key = await importJWK(stored.value.reveal(), alg);
    this.#forgetUnused();
    this.#held.set(kid, { key, heldUntil: secondsAfter(this.clock.now(), KEY_SECONDS) });
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
    const now = this.clock.now();
    for (const [kid, { heldUntil }] of this.#held) {
      if (heldUntil <= now || this.#held.size >= MAX_KEYS) this.#held.delete(kid);
    }
  }
}
