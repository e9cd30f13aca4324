import { Injectable } from '@nestjs/common';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Vault } from '#libs/vault';

/** For a partner that asks late how it went. */
const KEPT_SECONDS = 86_400;

interface Named {
  tenant_id: TenantId;
  id: string;
}

/** Attempts that are over: what the vault holds of them goes when their time is up, and they themselves a day later. */
@Injectable()
export class OldAttempts {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  /** Across tenants, for the retention loop. @returns how many it took of what there was most of */
  async deleteExpired(limit: number): Promise<number> {
    const now = this.clock.now();
    const abandoned = await this.database.overTenants.transaction((tx) => this.#abandon(tx, now, limit));
    const before = secondsAfter(now, -KEPT_SECONDS);
    const attempts = await this.database.overTenants.transaction((tx) => this.#delete(tx, before, limit));
    const links = await this.database.overTenants.query(
      `DELETE FROM connect_links WHERE (tenant_id, id) IN (
         SELECT tenant_id, id FROM connect_links link WHERE expires_at < $1
            AND NOT EXISTS (SELECT 1 FROM connect_attempts WHERE tenant_id = link.tenant_id AND link_id = link.id)
          ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING id`,
      [before, limit],
    );
    return Math.max(abandoned, attempts, links.length);
  }

  /** They may hold tokens of a consent that nobody confirmed, or about which the person was still asked. */
  async #abandon(tx: Transaction, now: Date, limit: number): Promise<number> {
    const rows = await tx.query<Named>(
      `UPDATE connect_attempts SET state = 'abandoned', duplicate_id = NULL WHERE (tenant_id, id) IN (
         SELECT tenant_id, id FROM connect_attempts WHERE state IN ('opened', 'consenting', 'pending') AND expires_at <= $1
          ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING tenant_id, id`,
      [now, limit],
    );
    for (const row of rows) await this.#forget(tx, row);
    return rows.length;
  }

  async #delete(tx: Transaction, before: Date, limit: number): Promise<number> {
    const rows = await tx.query<Named>(
      `DELETE FROM connect_attempts WHERE (tenant_id, id) IN (
         SELECT tenant_id, id FROM connect_attempts WHERE expires_at < $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING tenant_id, id`,
      [before, limit],
    );
    for (const row of rows) await this.#forget(tx, row);
    return rows.length;
  }

  #forget(tx: Transaction, { tenant_id: tenantId, id: rowId }: Named): Promise<void> {
    return this.vault.forget(tenantId, { kind: 'connect-attempt', rowId }, tx);
  }
}
