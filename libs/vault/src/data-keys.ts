import { randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Keyring } from '#libs/crypto';
import { Database, isTransaction, type Queryable, type TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { signals } from '#libs/telemetry';
import { dataKeyContext } from './data-key-context.js';
import { DataKeyStore, type WrappedKey } from './data-keys.store.js';
import { KeyCache } from './key-cache.js';
import { SealCounts } from './seal-counts.js';

const FIRST_GENERATION = 1;
const KEY_BYTES = 32;
const CACHE_SECONDS = 300;
const CACHE_ENTRIES = 1000;
/** A newer key that another process made seals here after this long. */
const NEWEST_BELIEVED_SECONDS = 5;
/** Longer than any transaction of ours is open. */
const UNCOMMITTED_SECONDS = 60;

/** By then everything new is sealed under a new data key, on every process: it was believed for a while, and then written. */
export const NEW_KEY_SETTLED_SECONDS = 3 * NEWEST_BELIEVED_SECONDS;

/** Data keys of tenants. Unwrapped they are in memory only, for five minutes, a thousand at most. */
@Injectable()
export class DataKeys implements OnApplicationShutdown {
  readonly #unwrapped: KeyCache;
  readonly #newest = new Map<TenantId, { key: WrappedKey; until: number }>();
  /** By their wrapped bytes: made in a transaction that may yet be rolled back. */
  readonly #uncommitted = new Map<string, number>();
  readonly #shredded = new Set<TenantId>();
  readonly #counts = new SealCounts();

  constructor(
    private readonly store: DataKeyStore,
    private readonly keyring: Keyring,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    this.#unwrapped = new KeyCache({ clock, seconds: CACHE_SECONDS, entries: CACHE_ENTRIES });
  }

  /** Unwrapped in memory now. */
  get held(): number {
    return this.#unwrapped.size;
  }

  onApplicationShutdown(): void {
    this.#unwrapped.clear();
  }

  /**
   * Lends `work` the key that seals new values; it is made at the tenant's first secret, by whichever process comes first.
   * @param work synchronous: see KeyCache
   * @throws Problem not_found when the tenant was deleted
   */
  async seal<Result>(
    tenantId: TenantId,
    database: Queryable,
    work: (key: Buffer, generation: number) => Result,
  ): Promise<Result> {
    const newest = await this.#current(tenantId, database);
    return this.use(tenantId, newest, (key) => {
      this.#counts.note(tenantId, newest.generation);
      signals.vaultUsed.publish({ operation: 'seal', result: 'ok' });
      return work(key, newest.generation);
    });
  }

  /** The key that seals new values, as a copy: whoever gets it overwrites it when done, and says what it sealed by `countSeals`. */
  async copyNewest(tenantId: TenantId, database: Queryable): Promise<{ key: Buffer; generation: number }> {
    const newest = await this.#current(tenantId, database);
    return { key: await this.use(tenantId, newest, (key) => Buffer.from(key)), generation: newest.generation };
  }

  /**
   * Lends `work` the key. The memory goes by the wrapped bytes, not by the generation: a key whose transaction was rolled back can then never
   * pass for the key that took its place.
   * @param work synchronous: see KeyCache
   * @throws UnknownKeyError when the keyring lost the key that wraps it
   */
  async use<Result>(tenantId: TenantId, key: WrappedKey, work: (key: Buffer) => Result): Promise<Result> {
    if (this.#shredded.has(tenantId)) throw gone();
    return this.#unwrapped.use(tenantId, nameOf(key), () => this.unwrap(tenantId, key), work);
  }

  /** Not from memory. Whoever gets it overwrites it when done. */
  unwrap(tenantId: TenantId, { generation, keyId, wrapped }: WrappedKey): Promise<Buffer> {
    return this.keyring.unwrap(keyId, wrapped, dataKeyContext(tenantId, generation));
  }

  /** Under the primary key. */
  async wrapAnew(tenantId: TenantId, key: WrappedKey): Promise<WrappedKey> {
    const unwrapped = await this.unwrap(tenantId, key);
    const anew = await this.keyring.wrap(unwrapped, dataKeyContext(tenantId, key.generation));
    unwrapped.fill(0);
    return { generation: key.generation, ...anew };
  }

  /** The one that follows `generation` seals from now on here, and within NEW_KEY_SETTLED_SECONDS everywhere. */
  async succeed(tenantId: TenantId, generation: number, database: Queryable): Promise<void> {
    await this.#make(tenantId, generation + 1, database);
    this.#newest.delete(tenantId);
  }

  /** For what is sealed with a copy of the key, or in bulk. */
  countSeals(tenantId: TenantId, generation: number, seals = 1): void {
    this.#counts.note(tenantId, generation, seals);
  }

  /** The tenant's keys were destroyed: from here on none is used any more, also one that a caller has still in hand. */
  forget(tenantId: TenantId): void {
    this.#shredded.add(tenantId);
    this.#newest.delete(tenantId);
    this.#unwrapped.forget(tenantId);
  }

  /** For a tick: what has been in memory for long enough leaves it, also when nobody asks. */
  evict(): void {
    this.#unwrapped.evict();
    const now = this.clock.now().getTime();
    for (const [tenantId, { until }] of this.#newest) if (until <= now) this.#newest.delete(tenantId);
    for (const [name, until] of this.#uncommitted) if (until <= now) this.#uncommitted.delete(name);
  }

  flushCounts(): Promise<void> {
    return this.#counts.flush((counts) => this.store.addSeals(counts));
  }

  async #current(tenantId: TenantId, database: Queryable): Promise<WrappedKey> {
    const now = this.clock.now().getTime();
    const known = this.#newest.get(tenantId);
    if (known && known.until > now) return known.key;
    if (this.#shredded.has(tenantId)) throw gone();
    const key = (await this.store.newest(database, tenantId)) ?? (await this.#first(tenantId, database));
    // Seen by its own transaction, an uncommitted key would be remembered after a rollback. A statement by itself sees only what is committed.
    if (!isTransaction(database)) this.#uncommitted.delete(nameOf(key));
    if ((this.#uncommitted.get(nameOf(key)) ?? 0) <= now)
      this.#newest.set(tenantId, { key, until: now + NEWEST_BELIEVED_SECONDS * 1000 });
    return key;
  }

  async #first(tenantId: TenantId, database: Queryable): Promise<WrappedKey> {
    await this.#make(tenantId, FIRST_GENERATION, database);
    const key = await this.store.newest(database, tenantId);
    if (!key) throw gone();
    return key;
  }

  async #make(tenantId: TenantId, generation: number, database: Queryable): Promise<void> {
    const unwrapped = randomBytes(KEY_BYTES);
    const key = { generation, ...(await this.keyring.wrap(unwrapped, dataKeyContext(tenantId, generation))) };
    unwrapped.fill(0);
    const now = this.clock.now();
    if (isTransaction(database)) this.#uncommitted.set(nameOf(key), now.getTime() + UNCOMMITTED_SECONDS * 1000);
    await this.store.insert(database, tenantId, key, now);
  }
}

function nameOf({ wrapped }: WrappedKey): string {
  return wrapped.toString('latin1');
}

function gone() {
  return problem('not_found', 'The tenant was deleted: none of its secrets can be read or stored any more.');
}
