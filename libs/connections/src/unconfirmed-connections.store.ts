import { Injectable } from '@nestjs/common';
import { SYSTEM_ACTOR } from '#libs/audit';
import { Database, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Connections } from './connections.store.js';
import { columns } from './connection-columns.js';
import { ConnectionTransitions, RETENTION } from './connection-transitions.js';
import type { Connection } from './connection.entity.js';
import { DueRevocations } from './due-revocations.store.js';

/** As long as a Connect session lasts: after it, nobody can confirm any more. */
const KEPT_SECONDS = 1800;

/** Consents that no partner confirmed. They may be those of a victim who followed somebody else's link. */
@Injectable()
export class UnconfirmedConnections {
  constructor(
    private readonly database: Database,
    private readonly connections: Connections,
    private readonly transitions: ConnectionTransitions,
    private readonly due: DueRevocations,
    private readonly clock: Clock,
  ) {}

  /** Across tenants, for the retention loop. What they were given is revoked. @returns how many it took */
  async deleteExpired(limit: number): Promise<number> {
    const before = secondsAfter(this.clock.now(), -KEPT_SECONDS);
    return this.database.overTenants.transaction(async (tx) => {
      const rows = await tx.query<Connection>(
        `SELECT ${columns} FROM connections WHERE status = 'pending' AND status_since < $1
          ORDER BY status_since LIMIT $2 FOR UPDATE SKIP LOCKED`,
        [before, limit],
      );
      for (const row of rows) await this.#abandon(tx, row);
      return rows.length;
    });
  }

  async #abandon(tx: Transaction, row: Connection): Promise<void> {
    const { tenantId, id } = row;
    const held = await this.connections.credentials(tenantId, id, tx);
    await this.connections.forgetSecrets(tx, tenantId, id);
    const reason = 'The partner did not confirm it in time.';
    const change = { name: 'abandon', from: 'pending', author: RETENTION, reason } as const;
    if (held?.value.reveal().kind === 'upstream') {
      // The row stays, and keeps out an account that its upstream may go on listing.
      await this.transitions.make(tx, row, { ...change, to: 'deleted' });
    } else {
      await tx.query(`DELETE FROM connections WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
      await this.transitions.end(tx, row, change);
    }
    if (held && (await this.#isAlone(tx, row)))
      await this.due.begin(tx, row, held.value, SYSTEM_ACTOR, this.clock.now());
  }

  /**
   * Many a third party has one grant of an account and a client: revoking it would take a connection along that somebody made of their own
   * will. Where it did not say whose account it is, nobody can tell.
   */
  async #isAlone(tx: Transaction, { tenantId, appId, accountId }: Connection): Promise<boolean> {
    if (accountId === null) return false;
    const others = await tx.query(
      `SELECT 1 FROM connections WHERE tenant_id = $1 AND app_id = $2 AND account_id = $3 AND status <> 'deleted' LIMIT 1`,
      [tenantId, appId, accountId],
    );
    return others.length === 0;
  }
}
