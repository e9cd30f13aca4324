import { Injectable } from '@nestjs/common';
import { Database, newId, type TenantId, type Transaction } from '#libs/database';
import { claimDue, Clock, secondsAfter, type ClaimedRow } from '#libs/scheduling';
import type { UpstreamApp } from './upstream-app.entity.js';
import type { Upstream } from './upstream.entity.js';

/** Longer than a page may take. */
const LEASE_SECONDS = 60;
/** A reading that has lasted longer is begun anew. */
const READING_SECONDS = 86_400;
/** An app that was missed, perhaps by accident, stays so long. */
const KEPT_SECONDS = 86_400;
const MAX_CHARACTERS = 500;

export type CopiedApp = Omit<UpstreamApp, 'tenantId' | 'upstreamId' | 'seenAt'>;

/** How far a reading is after a page. */
export interface ReadPage {
  offset: number;
  /** Of all apps, as it says. */
  total: number | null;
  /** When the next page is read; null: this was the last. */
  nextAt: Date | null;
}

/** The copies of upstreams' lists of apps, and how far their readings are. Each write is fenced: who lost the lease writes nothing. */
@Injectable()
export class CatalogCopies {
  readonly #owner = newId();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  claim(limit: number): Promise<ClaimedRow[]> {
    const now = this.clock.now();
    const leaseEnd = secondsAfter(now, LEASE_SECONDS);
    return claimDue(this.database.overTenants, 'upstreams', { now, leaseEnd, owner: this.#owner, limit });
  }

  /** Goes on with the reading under way, or begins one. @returns where it is; null when the lease was lost */
  async begin({ tenantId, id, version }: ClaimedRow): Promise<{ beganAt: Date; offset: number } | null> {
    const now = this.clock.now();
    const [row] = await this.database.of(tenantId).query<{ beganAt: Date; offset: number }>(
      `UPDATE upstreams SET sync_offset = CASE WHEN sync_began_at > $4 THEN sync_offset ELSE 0 END,
              sync_began_at = CASE WHEN sync_began_at > $4 THEN sync_began_at ELSE $5::timestamptz END
        WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING sync_began_at AS "beganAt", sync_offset AS "offset"`,
      [tenantId, id, version, secondsAfter(now, -READING_SECONDS), now],
    );
    return row ?? null;
  }

  /** @returns how many of them this reading had not seen before; null when the lease was lost */
  async store(claim: ClaimedRow, beganAt: Date, apps: readonly CopiedApp[], page: ReadPage): Promise<number | null> {
    let fresh = 0;
    const isStored = await this.database.of(claim.tenantId).commitIf(async (tx) => {
      const rows = await tx.query(
        `UPDATE upstreams SET sync_offset = $4, sync_total = $5, sync_failure = NULL, due_at = COALESCE($6, due_at),
                lease_until = CASE WHEN $6::timestamptz IS NULL THEN lease_until END
          WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING id`,
        [claim.tenantId, claim.id, claim.version, page.offset, page.total, page.nextAt],
      );
      if (rows.length === 0) return false;
      fresh = await this.#upsert(tx, claim, beganAt, await this.#keyed(tx, claim, beganAt, apps));
      return true;
    });
    return isStored ? fresh : null;
  }

  /**
   * The list was read to its end. An app that it no longer has goes, but for one that somebody has connected. Where fewer were
   * seen than it says there are, as when the list changed meanwhile, one that was there within a day stays.
   */
  async finish({ tenantId, id, version }: ClaimedRow, beganAt: Date, nextAt: Date): Promise<void> {
    await this.database.of(tenantId).commitIf(async (tx) => {
      const [row] = await tx.query<{ total: number | null }>(
        `UPDATE upstreams SET sync_began_at = NULL, sync_offset = 0, synced_at = $4, due_at = $5, lease_until = NULL, lease_owner = NULL
          WHERE tenant_id = $1 AND id = $2 AND version = $3 RETURNING sync_total AS total`,
        [tenantId, id, version, this.clock.now(), nextAt],
      );
      if (!row) return false;
      const [seen] = await tx.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM upstream_apps WHERE tenant_id = $1 AND upstream_id = $2 AND seen_at = $3`,
        [tenantId, id, beganAt],
      );
      const isWhole = row.total === null || (seen?.count ?? 0) >= row.total;
      await tx.query(
        `DELETE FROM upstream_apps app WHERE tenant_id = $1 AND upstream_id = $2 AND seen_at < $3
            AND NOT EXISTS (SELECT 1 FROM connections held WHERE held.tenant_id = $1 AND held.app_id = app.id AND held.status <> 'deleted')`,
        [tenantId, id, isWhole ? beganAt : secondsAfter(beganAt, -KEPT_SECONDS)],
      );
      return true;
    });
  }

  /** The reading goes on later, where it is. @param at null: not before it is asked for */
  async postpone({ tenantId, id, version }: ClaimedRow, at: Date | null, failure: string | null): Promise<void> {
    await this.database.of(tenantId).query(
      `UPDATE upstreams SET due_at = $4, lease_until = NULL, lease_owner = NULL, sync_failure = $5
        WHERE tenant_id = $1 AND id = $2 AND version = $3`,
      [tenantId, id, version, at, failure?.slice(0, MAX_CHARACTERS) ?? null],
    );
  }

  /** Those of these apps that somebody has used: the catalog has them too. */
  async used(tenantId: TenantId, ids: readonly string[]): Promise<Set<string>> {
    const rows = await this.database
      .of(tenantId)
      .query<{ id: string }>(`SELECT id FROM apps WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`, [tenantId, ids]);
    return new Set(rows.map(({ id }) => id));
  }

  /** A key belongs to one app: to the one that the list has now, and of two to the first. The other is known by its id. */
  async #keyed(
    tx: Transaction,
    { tenantId, id }: Pick<Upstream, 'id'> & { tenantId: string },
    beganAt: Date,
    apps: readonly CopiedApp[],
  ): Promise<CopiedApp[]> {
    const page = [apps.map(({ key }) => key), apps.map((app) => app.id)];
    await tx.query(
      `DELETE FROM upstream_apps WHERE tenant_id = $1 AND upstream_id = $2 AND key = ANY ($3) AND NOT id = ANY ($4::uuid[]) AND seen_at < $5`,
      [tenantId, id, ...page, beganAt],
    );
    const rows = await tx.query<{ key: string }>(
      `SELECT key FROM upstream_apps WHERE tenant_id = $1 AND key = ANY ($2) AND NOT id = ANY ($3::uuid[])`,
      [tenantId, ...page],
    );
    const taken = new Set(rows.map(({ key }) => key));
    return apps.map((app) => {
      const isTaken = taken.has(app.key);
      taken.add(app.key);
      return isTaken ? { ...app, key: `${app.key.slice(0, app.key.indexOf('.'))}.${app.remoteId}` } : app;
    });
  }

  async #upsert(
    tx: Transaction,
    { tenantId, id }: Pick<Upstream, 'id'> & { tenantId: string },
    beganAt: Date,
    apps: readonly CopiedApp[],
  ): Promise<number> {
    const rows = await tx.query(
      `INSERT INTO upstream_apps AS app
         (tenant_id, upstream_id, seen_at, id, remote_id, key, remote_key, title, description, image, categories, action_types)
       SELECT $1, $2, $3, page.id, page."remoteId", page.key, page."remoteKey", page.title, page.description, page.image,
              page.categories, page."actionTypes"
         FROM jsonb_to_recordset($4::jsonb) AS page (id uuid, "remoteId" text, key text, "remoteKey" text, title text,
              description text, image text, categories text[], "actionTypes" text[])
       ON CONFLICT (tenant_id, id) DO UPDATE SET seen_at = excluded.seen_at, key = excluded.key, remote_key = excluded.remote_key,
         title = excluded.title, description = excluded.description, image = excluded.image,
         categories = excluded.categories, action_types = excluded.action_types
        WHERE app.seen_at < excluded.seen_at
       RETURNING app.id`,
      [tenantId, id, beganAt, JSON.stringify(apps)],
    );
    return rows.length;
  }
}
