import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { JWK } from 'jose';
import { sha256 } from '#libs/crypto';
import { Database, Wakeups, type TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock, secondsAfter } from '#libs/scheduling';
import { PLATFORM } from '#libs/tenants';
import { jwksMaxAgeSeconds } from './key-policy.js';
import type { SigningKeyState } from './signing-key.entity.js';

/** Longer than any transaction of ours is open, and than the clocks of two machines differ. */
const LOOK_BACK_SECONDS = 30;
/** How often everything is compared, for what left no newer row behind. */
const FULL_PASS_SECONDS = 60;

/** A key set as it is served (RFC 7517 §5). */
export interface PublishedKeySet {
  tenantId: TenantId;
  slug: string;
  version: number;
  body: string;
  /** Strong, quoted (RFC 9110 §8.8.3). */
  etag: string;
  maxAgeSeconds: number;
  /** The key that signs. */
  active: { kid: string; alg: string } | null;
}

interface SetRow {
  tenantId: TenantId;
  slug: string;
  version: number;
  activateAfterSeconds: number;
  keys: { kid: string; state: SigningKeyState; jwk: JWK }[] | null;
}

/**
 * The key sets of all tenants in memory: read from there always, so that they are served while the database is away. A tick and a wake-up
 * make it look for changes; it never forgets what it has because a look failed.
 */
@Injectable()
export class PublishedKeys implements OnApplicationBootstrap {
  readonly #log = new Logger('PublishedKeys');
  #sets = new Map<TenantId, PublishedKeySet>();
  #bySlug = new Map<string, PublishedKeySet>();
  #lookedAt: Date | null = null;
  #fullPassAt: Date | null = null;
  #isFailing = false;
  #running: Promise<boolean> | null = null;
  #next: Promise<boolean> | null = null;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    wakeups: Wakeups,
  ) {
    wakeups.listen('signing_keys', () => void this.sync());
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.sync();
  }

  /**
   * @returns null when there is no such tenant
   * @throws Problem unavailable when that can't be told because the database is away
   */
  bySlug(slug: string): Promise<PublishedKeySet | null> {
    return this.#find(() => this.#bySlug.get(slug));
  }

  /** Of the set in memory: null when there is none. */
  activeKid(tenantId: TenantId): string | null {
    return this.#sets.get(tenantId)?.active?.kid ?? null;
  }

  /** As `bySlug`. */
  byTenant(tenantId: TenantId): Promise<PublishedKeySet | null> {
    return this.#find(() => this.#sets.get(tenantId));
  }

  /**
   * Reads what has changed since the last look. A look that began before the call may have missed it, so the caller gets the one after it.
   * @returns false when the database did not answer
   */
  sync(): Promise<boolean> {
    if (!this.#running) return (this.#running = this.#look().finally(() => (this.#running = null)));
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      return this.sync();
    });
    return this.#next;
  }

  /** A set that is not in memory may be a second old, and made by another process. However many ask, one look answers them all. */
  async #find(held: () => PublishedKeySet | undefined): Promise<PublishedKeySet | null> {
    const set = held();
    if (set) return set;
    if (await this.sync()) return held() ?? null;
    throw problem('unavailable', 'The database does not answer, so this key set can not be read. Try again soon.', {
      retryAfterSeconds: 1,
    });
  }

  async #look(): Promise<boolean> {
    const now = this.clock.now();
    try {
      const isFull = this.#fullPassAt === null || secondsAfter(this.#fullPassAt, FULL_PASS_SECONDS) <= now;
      await (isFull ? this.#readAll(now) : this.#readChanged(now));
      if (this.#isFailing) this.#log.log('Key sets are read from the database again.');
      this.#isFailing = false;
      return true;
    } catch (error) {
      if (!this.#isFailing) this.#log.warn({ msg: 'Key sets can not be read; those in memory go on.', cause: error });
      this.#isFailing = true;
      return false;
    }
  }

  async #readChanged(now: Date): Promise<void> {
    const since = secondsAfter(this.#lookedAt ?? now, -LOOK_BACK_SECONDS);
    const rows = await this.database.query<{ tenantId: TenantId; version: number }>(
      `SELECT tenant_id AS "tenantId", version FROM signing_key_sets WHERE changed_at >= $1`,
      [since],
    );
    const changed = rows.filter(({ tenantId, version }) => this.#sets.get(tenantId)?.version !== version);
    for (const set of await this.#read(changed.map(({ tenantId }) => tenantId))) this.#remember(set);
    this.#lookedAt = now;
  }

  async #readAll(now: Date): Promise<void> {
    const sets = await this.#read(null);
    this.#sets = new Map();
    this.#bySlug = new Map();
    for (const set of sets) this.#remember(set);
    this.#lookedAt = now;
    this.#fullPassAt = now;
  }

  #remember(set: PublishedKeySet): void {
    this.#sets.set(set.tenantId, set);
    if (set.tenantId !== PLATFORM) this.#bySlug.set(set.slug, set);
  }

  /** One statement, so that a set, its version and its keys are of one moment. The active key comes first: some consumers take no other. */
  async #read(tenantIds: TenantId[] | null): Promise<PublishedKeySet[]> {
    if (tenantIds?.length === 0) return [];
    const rows = await this.database.query<SetRow>(
      `SELECT key_set.tenant_id AS "tenantId", tenant.slug, key_set.version, key_set.activate_after_seconds AS "activateAfterSeconds",
              (SELECT jsonb_agg(jsonb_build_object('kid', key.kid, 'state', key.state, 'jwk', key.public_jwk)
                                ORDER BY key.state, key.activates_at DESC, key.kid)
                 FROM signing_keys key WHERE key.tenant_id = key_set.tenant_id AND key.state <> 'revoked') AS keys
         FROM signing_key_sets key_set JOIN tenants tenant ON tenant.id = key_set.tenant_id
        WHERE $1::uuid[] IS NULL OR key_set.tenant_id = ANY ($1)`,
      [tenantIds],
    );
    return rows.map(toPublished);
  }
}

function toPublished({ tenantId, slug, version, activateAfterSeconds, keys }: SetRow): PublishedKeySet {
  const active = keys?.find(({ state }) => state === 'active');
  const body = JSON.stringify({ keys: (keys ?? []).map(({ jwk }) => publicMembers(jwk)) });
  return {
    tenantId,
    slug,
    version,
    body,
    etag: `"${sha256(body).toString('base64url')}"`,
    maxAgeSeconds: jwksMaxAgeSeconds({ activateAfterSeconds }),
    active: active ? { kid: active.kid, alg: active.jwk.alg ?? '' } : null,
  };
}

/** Named one by one, so that nothing else in the row could ever leave. */
function publicMembers({ kty, kid, use, alg, crv, x, y, n, e }: JWK): JWK {
  return { kty, kid, use, alg, crv, x, y, n, e };
}
