import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Keyring, type AssociatedData } from '#libs/crypto';
import type { Queryable, TenantId } from '#libs/database';
import { Clock } from '#libs/scheduling';

const FIRST_GENERATION = 1;
const CACHE_SECONDS = 300;
const CACHE_ENTRIES = 1000;

interface CachedKey {
  key: Buffer;
  expiresAt: number;
}

export interface WrappedKeyRow {
  generation: number;
  key_id: string;
  wrapped: Buffer;
}

interface UnwrappedKey {
  generation: number;
  key: Buffer;
}

/** Data keys of tenants, unwrapped, for a bounded time and number. */
@Injectable()
export class DataKeys {
  readonly #cache = new Map<string, CachedKey>();

  constructor(
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /** The key that seals new values; made at the tenant's first secret, by whichever process comes first. */
  async current(database: Queryable, tenantId: TenantId): Promise<UnwrappedKey> {
    const row = (await this.#newest(database, tenantId)) ?? (await this.#create(database, tenantId));
    return { generation: row.generation, key: await this.unwrap(tenantId, row) };
  }

  /**
   * The cache goes by the wrapped bytes, not by the generation: a key whose transaction was rolled back can then never seal anything for
   * the key that took its place.
   * @throws UnknownKeyError when the keyring lost the key that wraps it
   */
  async unwrap(tenantId: TenantId, { generation, key_id, wrapped }: WrappedKeyRow): Promise<Buffer> {
    const name = wrapped.toString('base64');
    const cached = this.#cache.get(name);
    if (cached && cached.expiresAt > this.clock.now().getTime()) return cached.key;
    const key = await this.keyring.unwrap(key_id, wrapped, context(tenantId, generation));
    this.#remember(name, key);
    return key;
  }

  async #newest(database: Queryable, tenantId: TenantId): Promise<WrappedKeyRow | undefined> {
    const [row] = await database.query<WrappedKeyRow>(
      `SELECT generation, key_id, wrapped FROM data_keys WHERE tenant_id = $1 ORDER BY generation DESC LIMIT 1`,
      [tenantId],
    );
    return row;
  }

  async #create(database: Queryable, tenantId: TenantId): Promise<WrappedKeyRow> {
    const { keyId, wrapped } = await this.keyring.wrap(randomBytes(32), context(tenantId, FIRST_GENERATION));
    await database.query(
      `INSERT INTO data_keys (tenant_id, generation, key_id, wrapped) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_id, generation) DO NOTHING`,
      [tenantId, FIRST_GENERATION, keyId, wrapped],
    );
    const row = await this.#newest(database, tenantId);
    if (!row) throw new Error("The tenant's data key was destroyed while it was being made.");
    return row;
  }

  /** Forgotten keys are not overwritten with zeros: another call may be sealing with the same buffer at this moment. */
  #remember(name: string, key: Buffer): void {
    const [oldest] = this.#cache.keys();
    if (this.#cache.size >= CACHE_ENTRIES && oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(name, { key, expiresAt: this.clock.now().getTime() + CACHE_SECONDS * 1000 });
  }
}

function context(tenantId: TenantId, generation: number): AssociatedData {
  return ['data-key', tenantId, String(generation)];
}
