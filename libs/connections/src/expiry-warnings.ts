import { Injectable } from '@nestjs/common';
import { Database, type TenantId } from '#libs/database';
import { Events } from '#libs/events';
import { Clock } from '#libs/scheduling';
import { EVENT_ROW } from './connection-transitions.js';

/** Says of connections that can't be renewed that their access token ends, while there is time to connect them again. */
@Injectable()
export class ExpiryWarnings {
  constructor(
    private readonly database: Database,
    private readonly events: Events,
    private readonly clock: Clock,
  ) {}

  /** Across tenants, for a loop of the worker. Any number of them may: each is said once. @returns how many it looked at */
  async recordDue(limit: number): Promise<number> {
    const rows = await this.database.overTenants.query<{ tenant_id: TenantId; id: string }>(
      `SELECT tenant_id, id FROM connections WHERE warn_at <= $1 AND status IN ('connected', 'degraded') ORDER BY warn_at LIMIT $2`,
      [this.clock.now(), limit],
    );
    for (const { tenant_id: tenantId, id } of rows) await this.#record(tenantId, id);
    return rows.length;
  }

  async #record(tenantId: TenantId, id: string): Promise<void> {
    const about = { type: 'connection.expiring_soon', subject: id } as const;
    const change = `UPDATE connections SET warn_at = NULL, event_sequence = event_sequence + 1
      WHERE tenant_id = $1 AND id = $2 AND warn_at <= $3 AND status IN ('connected', 'degraded') RETURNING ${EVENT_ROW}`;
    await this.database
      .of(tenantId)
      .transaction((tx) => this.events.recordWith(tx, tenantId, about, change, [tenantId, id, this.clock.now()]));
  }
}
