import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import { Clock } from '#libs/scheduling';

/** So many are shown; the metrics count them all. */
const MOST_SHOWN = 200;

export interface PausedRefreshes {
  tenant: string;
  app: string;
  reason: string;
  since: Date;
  nextProbeAt: Date;
}

export interface PausedUpstream {
  tenant: string;
  upstream: string;
  reason: string | null;
  since: Date | null;
  nextProbeAt: Date;
}

/** Across all tenants, for the operator: which third parties are left alone for now. */
@Injectable()
export class Troubles {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  pausedRefreshes(): Promise<PausedRefreshes[]> {
    return this.database.overTenants.query(
      `SELECT tenant.slug AS tenant, app.key AS app, circuit.reason, circuit.opened_at AS since, circuit.probe_at AS "nextProbeAt"
         FROM refresh_circuits circuit JOIN tenants tenant ON tenant.id = circuit.tenant_id JOIN apps app ON app.id = circuit.app_id
        WHERE circuit.opened_at IS NOT NULL ORDER BY circuit.opened_at LIMIT $1`,
      [MOST_SHOWN],
    );
  }

  pausedUpstreams(): Promise<PausedUpstream[]> {
    return this.database.overTenants.query(
      `SELECT tenant.slug AS tenant, upstream.name AS upstream, upstream.last_failure AS reason,
              upstream.failing_since AS since, upstream.paused_until AS "nextProbeAt"
         FROM upstreams upstream JOIN tenants tenant ON tenant.id = upstream.tenant_id
        WHERE upstream.paused_until > $2 ORDER BY upstream.failing_since LIMIT $1`,
      [MOST_SHOWN, this.clock.now()],
    );
  }
}
