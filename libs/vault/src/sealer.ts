import { randomBytes } from 'node:crypto';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Secret, open, seal, sealAlike, type AssociatedData } from '#libs/crypto';
import { Database } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { PLATFORM } from '#libs/tenants';
import type { SecretPlace } from './secret-place.js';
import { Vault } from './vault.service.js';

/** With random nonces a key may seal 2^32 values (NIST SP 800-38D §8.3): a day of 6,000 a second is an eighth of that. */
const NEW_KEY_SECONDS = 86_400;
/** Every process has read a new key by then. */
const SEALS_AFTER_SECONDS = 60;
const RELOAD_SECONDS = 20;
const UNKNOWN_RELOAD_SECONDS = 1;
const GENERATION_BYTES = 4;

/** Nothing that is sealed here may live longer. */
export const MAX_SEALED_SECONDS = 2 * 86_400;

interface HeldKey {
  generation: number;
  key: Buffer;
  createdAt: Date;
}

/**
 * Seals values that we hand out and take back, such as access tokens, so that none of them needs a row. The keys are secrets of the
 * platform's, in every process's memory: neither sealing nor opening waits for anything.
 */
@Injectable()
export class Sealer implements OnModuleInit {
  readonly #log = new Logger('Sealer');
  /** Newest first. */
  #keys: HeldKey[] = [];
  #loadedAt: Date | null = null;
  #loading: Promise<void> | null = null;

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.#load();
    if (this.#keys.length > 0) return;
    await this.#create(1);
    await this.#load();
  }

  /** @param purpose what it is for and whose it is: it opens for nothing else. @returns base64url */
  seal(purpose: AssociatedData, plaintext: Buffer): string {
    return this.#sealed(seal, purpose, plaintext);
  }

  /** As `seal`, and the same for the same value while the key is the same, which is for a day. */
  sealAlike(purpose: AssociatedData, plaintext: Buffer): string {
    return this.#sealed(sealAlike, purpose, plaintext);
  }

  /** @returns null when it was not sealed here for this purpose */
  async open(purpose: AssociatedData, sealed: string): Promise<Buffer | null> {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < GENERATION_BYTES || bytes.toString('base64url') !== sealed) return null;
    const generation = bytes.readUInt32BE(0);
    const key = this.#key(generation) ?? (await this.#unknown(generation));
    if (!key) return null;
    try {
      return open(key.key, bytes.subarray(GENERATION_BYTES), bound(purpose, generation));
    } catch {
      return null;
    }
  }

  /** Reads keys that other processes made, makes the next one when it is time, and forgets old ones. For a tick; never throws. */
  async renew(): Promise<void> {
    const now = this.clock.now();
    if (this.#loadedAt && secondsAfter(this.#loadedAt, RELOAD_SECONDS) > now) return;
    try {
      const [newest] = this.#keys;
      if (newest && secondsAfter(newest.createdAt, NEW_KEY_SECONDS) <= now) {
        await this.#create(newest.generation + 1);
        await this.#forgetOld(now);
      }
      await this.#load();
    } catch (error) {
      this.#log.warn({ msg: 'Sealing keys can not be read; those in memory go on.', cause: error });
    }
  }

  #sealed(make: typeof seal, purpose: AssociatedData, plaintext: Buffer): string {
    const { generation, key } = this.#sealing();
    const prefix = Buffer.alloc(GENERATION_BYTES);
    prefix.writeUInt32BE(generation);
    return Buffer.concat([prefix, make(key, plaintext, bound(purpose, generation))]).toString('base64url');
  }

  #sealing(): HeldKey {
    const known = secondsAfter(this.clock.now(), -SEALS_AFTER_SECONDS);
    const key = this.#keys.find(({ createdAt }) => createdAt <= known) ?? this.#keys.at(-1);
    if (!key) throw new Error('There is no sealing key.');
    return key;
  }

  #key(generation: number): HeldKey | undefined {
    return this.#keys.find((key) => key.generation === generation);
  }

  /** Made elsewhere a moment ago, or invented by the caller: a flood of the second kind costs a look a second. */
  async #unknown(generation: number): Promise<HeldKey | undefined> {
    if (this.#loadedAt && secondsAfter(this.#loadedAt, UNKNOWN_RELOAD_SECONDS) > this.clock.now()) return undefined;
    await this.#load();
    return this.#key(generation);
  }

  #load(): Promise<void> {
    this.#loading ??= this.#read().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #read(): Promise<void> {
    const rows = await this.database
      .of(PLATFORM)
      .query<{ generation: number; createdAt: Date }>(
        `SELECT generation, created_at AS "createdAt" FROM sealing_keys WHERE tenant_id = $1 ORDER BY generation DESC`,
        [PLATFORM],
      );
    const keys = await Promise.all(
      rows.map(async ({ generation, createdAt }) => {
        const held = this.#key(generation)?.key ?? (await this.#fromVault(generation));
        return held ? [{ generation, createdAt, key: held }] : [];
      }),
    );
    const gone = this.#keys;
    this.#keys = keys.flat();
    for (const { key, generation } of gone) if (!this.#key(generation)) key.fill(0);
    this.#loadedAt = this.clock.now();
  }

  async #fromVault(generation: number): Promise<Buffer | null> {
    const stored = await this.vault.get<string>(PLATFORM, place(generation));
    return stored && Buffer.from(stored.value.reveal(), 'base64');
  }

  /** By whichever process comes first. */
  #create(generation: number): Promise<void> {
    return this.database.of(PLATFORM).transaction(async (tx) => {
      const made = await tx.query(
        `INSERT INTO sealing_keys (tenant_id, generation, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (tenant_id, generation) DO NOTHING RETURNING generation`,
        [PLATFORM, generation, this.clock.now()],
      );
      const key = new Secret(randomBytes(32).toString('base64'));
      if (made.length > 0) await this.vault.put(PLATFORM, place(generation), key, tx);
    });
  }

  #forgetOld(now: Date): Promise<void> {
    return this.database.of(PLATFORM).transaction(async (tx) => {
      const rows = await tx.query<{ generation: number }>(
        `DELETE FROM sealing_keys WHERE tenant_id = $1 AND created_at < $2 RETURNING generation`,
        [PLATFORM, secondsAfter(now, -(NEW_KEY_SECONDS + SEALS_AFTER_SECONDS + MAX_SEALED_SECONDS))],
      );
      for (const { generation } of rows) {
        await this.vault.forget(PLATFORM, { kind: 'sealing-key', rowId: String(generation) }, tx);
      }
    });
  }
}

function place(generation: number): SecretPlace {
  return { kind: 'sealing-key', rowId: String(generation), field: 'key' };
}

function bound(purpose: AssociatedData, generation: number): AssociatedData {
  return ['sealed', String(generation), ...purpose];
}
