import { Injectable } from '@nestjs/common';
import { Database, type TenantId } from '#libs/database';
import { Clock } from '#libs/scheduling';

export interface UpstreamHealth {
  tenantId: TenantId;
  upstreamId: string;
  name: string;
  /** `paused`: it is left alone, or switched off · `unknown`: it was never asked. */
  state: 'ok' | 'failing' | 'paused' | 'unknown';
  answeredAt: Date | null;
  failingSince: Date | null;
  /** Of calls, of tokens that it refuses our client, or of the reading of its apps. */
  lastFailure: string | null;
  pausedUntil: Date | null;
  /** Of the last reading of its apps that came to its end. */
  apps: number;
  syncedAt: Date | null;
  /** The reading under way; `of` is null where it does not say how many there are. */
  sync: { done: number; of: number | null } | null;
}

interface Row extends Omit<UpstreamHealth, 'state' | 'sync'> {
  enabled: boolean;
  refusal: string | null;
  syncFailure: string | null;
  syncBeganAt: Date | null;
  syncOffset: number;
  syncTotal: number | null;
}

/** How upstreams fare. */
@Injectable()
export class UpstreamHealths {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async of(tenantId: TenantId, name: string): Promise<UpstreamHealth | null> {
    const [row] = await this.#rows('WHERE upstream.tenant_id = $1 AND upstream.name = $2', [tenantId, name]);
    return row ?? null;
  }

  list(tenantId: TenantId): Promise<UpstreamHealth[]> {
    return this.#rows('WHERE upstream.tenant_id = $1', [tenantId]);
  }

  /** Across tenants, for the operator's metrics. */
  listAll(): Promise<UpstreamHealth[]> {
    return this.#rows('', []);
  }

  async #rows(where: string, parameters: unknown[]): Promise<UpstreamHealth[]> {
    const rows = await this.database.overTenants.query<Row>(
      `SELECT upstream.tenant_id AS "tenantId", upstream.id AS "upstreamId", upstream.name, upstream.enabled,
              upstream.answered_at AS "answeredAt", upstream.failing_since AS "failingSince", upstream.last_failure AS "lastFailure",
              upstream.paused_until AS "pausedUntil", upstream.refusal, upstream.synced_at AS "syncedAt",
              upstream.sync_began_at AS "syncBeganAt", upstream.sync_offset AS "syncOffset", upstream.sync_total AS "syncTotal",
              upstream.sync_failure AS "syncFailure",
              (SELECT count(*)::int FROM upstream_apps app WHERE app.tenant_id = upstream.tenant_id AND app.upstream_id = upstream.id) AS apps
         FROM upstreams upstream ${where} ORDER BY upstream.tenant_id, upstream.name`,
      parameters,
    );
    return rows.map((row) => this.#toHealth(row));
  }

  #toHealth(row: Row): UpstreamHealth {
    const { tenantId, upstreamId, name, answeredAt, failingSince, pausedUntil, apps, syncedAt } = row;
    const lastFailure = row.lastFailure ?? row.refusal ?? row.syncFailure;
    const done = { done: row.syncOffset, of: row.syncTotal };
    const sync = row.syncBeganAt === null ? null : done;
    const facts = {
      tenantId,
      upstreamId,
      name,
      answeredAt,
      failingSince,
      lastFailure,
      pausedUntil,
      apps,
      syncedAt,
      sync,
    };
    return { ...facts, state: this.#stateOf(row, lastFailure) };
  }

  #stateOf({ enabled, pausedUntil, answeredAt }: Row, lastFailure: string | null): UpstreamHealth['state'] {
    if (!enabled || (pausedUntil && pausedUntil > this.clock.now())) return 'paused';
    if (lastFailure !== null) return 'failing';
    return answeredAt === null ? 'unknown' : 'ok';
  }
}
