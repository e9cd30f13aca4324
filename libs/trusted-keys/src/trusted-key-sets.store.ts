import { Injectable } from '@nestjs/common';
import { Database, type Queryable, type TenantId, type Transaction } from '#libs/database';
import { problem } from '#libs/errors';
import type { RecentUse } from '#libs/scheduling';
import type { AdmittedKeys } from './key-admission.js';
import type { TrustedKeySet } from './trusted-key-set.entity.js';
import type { TrustedKeyUse } from './trusted-key-use.entity.js';

/** A fetch under way: the set as it was when it began. */
export type FetchClaim = TrustedKeySet & { jwksUri: string };

const COLUMNS = `tenant_id AS "tenantId", version, jwks_uri AS "jwksUri", uploaded_keys AS "uploadedKeys",
  uploaded_ignored AS "uploadedIgnored", fetched_keys AS "fetchedKeys", fetched_ignored AS "fetchedIgnored", fetched_at AS "fetchedAt",
  fresh_until AS "freshUntil", last_error AS "lastError", attempted_at AS "attemptedAt", fetching_until AS "fetchingUntil", failures,
  renew_at AS "renewAt", used_at AS "usedAt"`;

@Injectable()
export class TrustedKeySets {
  constructor(private readonly database: Database) {}

  async find(tenantId: TenantId): Promise<TrustedKeySet | null> {
    const [set] = await this.database
      .of(tenantId)
      .query<TrustedKeySet>(`SELECT ${COLUMNS} FROM trusted_key_sets WHERE tenant_id = $1`, [tenantId]);
    return set ?? null;
  }

  /** @throws Problem not_found */
  async get(tenantId: TenantId): Promise<TrustedKeySet> {
    const set = await this.find(tenantId);
    if (!set) throw problem('not_found', 'The tenant has no registered keys.');
    return set;
  }

  uses(tenantId: TenantId): Promise<TrustedKeyUse[]> {
    return this.database.of(tenantId).query(
      `SELECT tenant_id AS "tenantId", kid, first_seen_at AS "firstSeenAt", last_used_at AS "lastUsedAt"
         FROM trusted_key_uses WHERE tenant_id = $1`,
      [tenantId],
    );
  }

  /** Forgets what was fetched from another URL; what came from this one stays. */
  async register(
    tenantId: TenantId,
    jwksUri: string | null,
    uploaded: AdmittedKeys | null,
    now: Date,
    tx: Transaction,
  ): Promise<void> {
    await tx.query(
      `UPDATE trusted_key_sets
          SET fetched_keys = NULL, fetched_ignored = '[]', fetched_at = NULL, fresh_until = NULL, last_error = NULL,
              attempted_at = NULL, failures = 0, renew_at = NULL
        WHERE tenant_id = $1 AND jwks_uri IS DISTINCT FROM $2`,
      [tenantId, jwksUri],
    );
    // A fetch under way loses its fence here, so the next one may begin at once.
    const [set] = await tx.query<TrustedKeySet>(
      `INSERT INTO trusted_key_sets (tenant_id, jwks_uri, uploaded_keys, uploaded_ignored) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_id) DO UPDATE
          SET jwks_uri = EXCLUDED.jwks_uri, uploaded_keys = EXCLUDED.uploaded_keys, uploaded_ignored = EXCLUDED.uploaded_ignored,
              attempted_at = CASE WHEN trusted_key_sets.fetching_until IS NULL THEN trusted_key_sets.attempted_at END,
              fetching_until = NULL, version = trusted_key_sets.version + 1
       RETURNING ${COLUMNS}`,
      [tenantId, jwksUri, uploaded && JSON.stringify(uploaded.keys), JSON.stringify(uploaded?.ignored ?? [])],
    );
    if (set) await keepUsesOf(set, now, tx);
  }

  /** A fetch under way loses its fence: what it brings may be older than the wish to forget. */
  async forgetFetched(tenantId: TenantId): Promise<void> {
    await this.database.of(tenantId).query(
      `UPDATE trusted_key_sets
          SET fetched_keys = NULL, fetched_ignored = '[]', fetched_at = NULL, fresh_until = NULL, renew_at = NULL,
              attempted_at = NULL, fetching_until = NULL, version = version + 1
        WHERE tenant_id = $1`,
      [tenantId],
    );
  }

  /**
   * Claims the next fetch of a source for the caller: one at a time over all processes, and none after `attemptedBefore` unless whoever
   * fetched is gone.
   * @param attemptedBefore null: whenever the last one was
   * @returns null when it is not to be fetched now, or is another source by now
   */
  async claim(
    tenantId: TenantId,
    jwksUri: string,
    times: { now: Date; fetchingUntil: Date; attemptedBefore: Date | null },
  ): Promise<FetchClaim | null> {
    const [claim] = await this.database.of(tenantId).query<FetchClaim>(
      `UPDATE trusted_key_sets SET attempted_at = $3, fetching_until = $4, version = version + 1
        WHERE tenant_id = $1 AND jwks_uri = $2
          AND (fetching_until IS NULL OR fetching_until <= $3)
          AND ($5::timestamptz IS NULL OR attempted_at IS NULL OR attempted_at <= $5 OR fetching_until <= $3)
        RETURNING ${COLUMNS}`,
      [tenantId, jwksUri, times.now, times.fetchingUntil, times.attemptedBefore],
    );
    return claim ?? null;
  }

  /** @returns false when another source was registered meanwhile, or another fetch took over */
  storeKeys(
    claim: FetchClaim,
    { keys, ignored }: AdmittedKeys,
    times: { fetchedAt: Date; freshUntil: Date; renewAt: Date },
  ): Promise<boolean> {
    return this.database.of(claim.tenantId).commitIf(async (tx) => {
      const [set] = await tx.query<TrustedKeySet>(
        `UPDATE trusted_key_sets
            SET fetched_keys = $4, fetched_ignored = $5, fetched_at = $6, fresh_until = $7, renew_at = $8,
                last_error = NULL, failures = 0, fetching_until = NULL, version = version + 1
          WHERE tenant_id = $1 AND jwks_uri = $2 AND version = $3
          RETURNING ${COLUMNS}`,
        [
          claim.tenantId,
          claim.jwksUri,
          claim.version,
          JSON.stringify(keys),
          JSON.stringify(ignored),
          times.fetchedAt,
          times.freshUntil,
          times.renewAt,
        ],
      );
      if (set) await keepUsesOf(set, times.fetchedAt, tx);
      return set !== undefined;
    });
  }

  /** Keeps the keys that there are. @returns false as storeKeys does */
  async storeFailure(claim: FetchClaim, error: string, renewAt: Date): Promise<boolean> {
    const rows = await this.database.of(claim.tenantId).query(
      `UPDATE trusted_key_sets
          SET last_error = $4, renew_at = $5, failures = failures + 1, fetching_until = NULL, version = version + 1
        WHERE tenant_id = $1 AND jwks_uri = $2 AND version = $3
        RETURNING tenant_id`,
      [claim.tenantId, claim.jwksUri, claim.version, error, renewAt],
    );
    return rows.length === 1;
  }

  /** Sources to fetch before somebody needs them, the longest due first. Across tenants: for the renewal loop only. */
  due(now: Date, usedSince: Date, limit: number): Promise<Pick<FetchClaim, 'tenantId' | 'jwksUri'>[]> {
    return this.database.overTenants.query(
      `SELECT tenant_id AS "tenantId", jwks_uri AS "jwksUri" FROM trusted_key_sets
        WHERE renew_at <= $1 AND used_at > $2 AND jwks_uri IS NOT NULL AND (fetching_until IS NULL OR fetching_until <= $1)
        ORDER BY renew_at LIMIT $3`,
      [now, usedSince, limit],
    );
  }

  /**
   * Writes when keys were last used; a key that has left its set is not brought back. Across tenants: for the flush of recent uses only.
   * @param setsUsedBefore sets whose last use is younger are left alone: a minute is close enough for them
   */
  async storeUses(uses: readonly RecentUse[], setsUsedBefore: Date): Promise<void> {
    const tenantIds = uses.map(({ tenantId }) => tenantId);
    const times = uses.map(({ lastAt }) => lastAt);
    // Both lock their rows in one order, so that two processes never wait for each other.
    await this.database.overTenants.query(
      `UPDATE trusted_key_uses AS used SET last_used_at = recent.at
         FROM (SELECT held.tenant_id, held.kid, noted.at
                 FROM trusted_key_uses AS held
                 JOIN unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS noted (tenant_id, kid, at) USING (tenant_id, kid)
                WHERE held.last_used_at IS NULL OR held.last_used_at < noted.at
                ORDER BY held.tenant_id, held.kid FOR UPDATE OF held) AS recent
        WHERE used.tenant_id = recent.tenant_id AND used.kid = recent.kid`,
      [tenantIds, uses.map(({ name }) => name), times],
    );
    await this.database.overTenants.query(
      `UPDATE trusted_key_sets AS used SET used_at = recent.at
         FROM (SELECT held.tenant_id, noted.at
                 FROM trusted_key_sets AS held
                 JOIN (SELECT tenant_id, max(at) AS at FROM unnest($1::uuid[], $2::timestamptz[]) AS use (tenant_id, at) GROUP BY tenant_id)
                   AS noted USING (tenant_id)
                WHERE held.used_at IS NULL OR held.used_at < $3
                ORDER BY held.tenant_id FOR UPDATE OF held) AS recent
        WHERE used.tenant_id = recent.tenant_id`,
      [tenantIds, times, setsUsedBefore],
    );
  }
}

/** Keys that are new in a set are first seen now; those that left are forgotten. */
async function keepUsesOf(set: TrustedKeySet, now: Date, tx: Queryable): Promise<void> {
  const kids = [...(set.uploadedKeys ?? []), ...(set.fetchedKeys ?? [])].map(({ kid }) => kid);
  await tx.query(`DELETE FROM trusted_key_uses WHERE tenant_id = $1 AND kid <> ALL ($2::text[])`, [set.tenantId, kids]);
  await tx.query(
    `INSERT INTO trusted_key_uses (tenant_id, kid, first_seen_at) SELECT DISTINCT $1::uuid, kid, $3::timestamptz FROM unnest($2::text[]) AS kid
     ON CONFLICT (tenant_id, kid) DO NOTHING`,
    [set.tenantId, kids, now],
  );
}
