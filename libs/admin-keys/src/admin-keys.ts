import { Injectable } from '@nestjs/common';
import { readToken } from '#libs/crypto';
import { asTenantId, type TenantId } from '#libs/database';
import { BriefCache, Clock, RecentUses } from '#libs/scheduling';
import { AdminKeyStore, type ListedAdminKey } from './admin-keys.store.js';

/** So long may a key that was revoked elsewhere go on: half of the second in which everything is to be felt. */
const BELIEVED_SECONDS = 0.5;
const ENTRIES = 1000;

/** Tells whose an admin key is, from memory for a moment, and notes that it was used. */
@Injectable()
export class AdminKeys {
  readonly #keys: BriefCache<ListedAdminKey | null>;
  readonly #uses = new RecentUses();

  constructor(
    private readonly store: AdminKeyStore,
    private readonly clock: Clock,
  ) {
    // By the digest: what is remembered opens nothing.
    this.#keys = new BriefCache({
      seconds: BELIEVED_SECONDS,
      entries: ENTRIES,
      clock,
      load: (name) => this.#load(name),
    });
  }

  /** @returns null when this is no key of ours that is good now */
  async recognise(token: string): Promise<ListedAdminKey | null> {
    const named = readToken('admin', token);
    if (!named) return null;
    const key = await this.#keys.get(`${named.tenantId} ${named.digest.toString('hex')}`);
    return key && this.#used(key);
  }

  /** As the database has it at this moment, for whoever signed in with it. @returns null when it is not good any more */
  async stillGood(tenantId: TenantId, id: string): Promise<ListedAdminKey | null> {
    const key = await this.store.findUsableById(tenantId, id);
    return key && this.#used(key);
  }

  /** Writes down when each was last used. For a tick: cheap when there is nothing to do. */
  flushUses(): Promise<void> {
    return this.#uses.flush((uses) => this.store.noteUses(uses));
  }

  #used(key: ListedAdminKey): ListedAdminKey | null {
    const now = this.clock.now();
    if (key.expiresAt && key.expiresAt <= now) return null;
    this.#uses.note(key.tenantId, key.id, now);
    return key;
  }

  #load(name: string): Promise<ListedAdminKey | null> {
    const [tenantId = '', digest = ''] = name.split(' ');
    return this.store.findUsable(asTenantId(tenantId), Buffer.from(digest, 'hex'));
  }
}
