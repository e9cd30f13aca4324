import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { JWK } from 'jose';
import { sha256 } from '#libs/crypto';
import { ChangeWatch, Database, Wakeups, type TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { PLATFORM } from '#libs/tenants';
import { jwksMaxAgeSeconds } from './key-policy.js';
import type { SigningKeyState } from './signing-key.entity.js';

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

type SetVersion = Pick<PublishedKeySet, 'tenantId' | 'version'>;

const SETS_AT_ONCE = 500;

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
  readonly #sets = new Map<TenantId, PublishedKeySet>();
  readonly #bySlug = new Map<string, PublishedKeySet>();
  readonly #watch: ChangeWatch;

  constructor(
    private readonly database: Database,
    clock: Clock,
    wakeups: Wakeups,
  ) {
    this.#watch = new ChangeWatch({
      name: 'Key sets',
      now: () => clock.now(),
      readAll: () => this.#readAll(),
      readChanged: (seconds) => this.#readChanged(seconds),
    });
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

  /** As ChangeWatch. */
  sync(): Promise<boolean> {
    return this.#watch.sync();
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

  async #readChanged(seconds: number): Promise<void> {
    await this.#readOther(
      await this.database.overTenants.query<SetVersion>(
        `SELECT tenant_id AS "tenantId", version FROM signing_key_sets WHERE changed_at >= now() - $1::float8 * interval '1 second'`,
        [seconds],
      ),
    );
  }

  async #readAll(): Promise<void> {
    const versions = await this.database.overTenants.query<SetVersion>(
      `SELECT tenant_id AS "tenantId", version FROM signing_key_sets`,
    );
    const present = new Set(versions.map(({ tenantId }) => tenantId));
    for (const { tenantId, slug } of this.#sets.values()) {
      if (present.has(tenantId)) continue;
      this.#sets.delete(tenantId);
      this.#bySlug.delete(slug);
    }
    await this.#readOther(versions);
  }

  /** Reads the sets whose version is not the one in memory, some at a time: requests are answered between. */
  async #readOther(versions: readonly SetVersion[]): Promise<void> {
    const changed = versions.filter(({ tenantId, version }) => this.#sets.get(tenantId)?.version !== version);
    for (let start = 0; start < changed.length; start += SETS_AT_ONCE) {
      const tenantIds = changed.slice(start, start + SETS_AT_ONCE).map(({ tenantId }) => tenantId);
      for (const set of await this.#read(tenantIds)) this.#remember(set);
    }
  }

  #remember(set: PublishedKeySet): void {
    this.#sets.set(set.tenantId, set);
    if (set.tenantId !== PLATFORM) this.#bySlug.set(set.slug, set);
  }

  /** One statement, so that a set, its version and its keys are of one moment. The active key comes first: some consumers take no other. */
  async #read(tenantIds: TenantId[]): Promise<PublishedKeySet[]> {
    const rows = await this.database.overTenants.query<SetRow>(
      `SELECT key_set.tenant_id AS "tenantId", tenant.slug, key_set.version, key_set.activate_after_seconds AS "activateAfterSeconds",
              (SELECT jsonb_agg(jsonb_build_object('kid', key.kid, 'state', key.state, 'jwk', key.public_jwk)
                                ORDER BY key.state, key.activates_at DESC, key.kid)
                 FROM signing_keys key WHERE key.tenant_id = key_set.tenant_id AND key.state <> 'revoked') AS keys
         FROM signing_key_sets key_set JOIN tenants tenant ON tenant.id = key_set.tenant_id
        WHERE key_set.tenant_id = ANY ($1::uuid[])`,
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
