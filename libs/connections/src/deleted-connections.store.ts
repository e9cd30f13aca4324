import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';

const KEPT_SECONDS = 30 * 86_400;

/**
 * Rows of connections that were disconnected. Their secrets went with the disconnect. Those of an upstream's apps stay as long as their user: an
 * upstream that can not be told goes on listing the account, and the row, without what was its user's, is what keeps it out.
 */
@Injectable()
export class DeletedConnections {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Across tenants, for the retention loop. @returns how many it took */
  async deleteExpired(limit: number): Promise<number> {
    const before = secondsAfter(this.clock.now(), -KEPT_SECONDS);
    const rows = await this.database.overTenants.query(
      `DELETE FROM connections WHERE (tenant_id, id) IN (
         SELECT tenant_id, id FROM connections WHERE status = 'deleted' AND status_since < $1
            AND NOT EXISTS (SELECT 1 FROM apps WHERE apps.id = connections.app_id AND apps.source = 'upstream')
          ORDER BY status_since LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING id`,
      [before, limit],
    );
    const emptied = await this.database.overTenants.query(
      `UPDATE connections SET title = '', account_title = NULL, metadata = '{}' WHERE (tenant_id, id) IN (
         SELECT tenant_id, id FROM connections WHERE status = 'deleted' AND status_since < $1 AND title <> ''
          ORDER BY status_since LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING id`,
      [before, limit],
    );
    return Math.max(rows.length, emptied.length);
  }
}
