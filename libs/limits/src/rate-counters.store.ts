import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import type { Counted } from './window-counters.js';

@Injectable()
export class RateCounters {
  constructor(private readonly database: Database) {}

  /**
   * Adds to the totals, each name once. Across tenants: every process brings all that it has in one statement.
   * @returns the totals after it
   */
  async add(own: readonly Counted[]): Promise<Counted[]> {
    // In one order, so that two processes wait for each other and never in a circle.
    return this.database.overTenants.query<Counted>(
      `INSERT INTO rate_counters (tenant_id, name, window_start, count)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::integer[]) AS own (tenant_id, name, window_start, count)
        ORDER BY tenant_id, name, window_start
       ON CONFLICT (tenant_id, name, window_start) DO UPDATE SET count = rate_counters.count + EXCLUDED.count
       RETURNING tenant_id AS "tenantId", name, window_start AS "windowStart", count`,
      [
        own.map(({ tenantId }) => tenantId),
        own.map(({ name }) => name),
        own.map(({ windowStart }) => windowStart),
        own.map(({ count }) => count),
      ],
    );
  }

  /** Across tenants: for the retention loop only. */
  async deleteBefore(windowStart: Date, limit: number): Promise<number> {
    const rows = await this.database.overTenants.query(
      `DELETE FROM rate_counters WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM rate_counters WHERE window_start < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1`,
      [windowStart, limit],
    );
    return rows.length;
  }
}
