import { Injectable, Logger } from '@nestjs/common';
import { Database, type TenantId } from '#libs/database';
import { OutageLog } from '#libs/scheduling';

const TENANTS_AT_ONCE = 20;
const ROWS_AT_ONCE = 500;

/**
 * Deletes the rows of deleted tenants, in small transactions: any number of workers share the work, and one that dies leaves nothing to mend.
 * Which tables they are, the foreign keys say: each that leads to the tenant. What is to outlive it, such as the audit, has none.
 */
@Injectable()
export class TenantErasure {
  readonly #outage = new OutageLog(new Logger('TenantErasure'), 'Deletions of tenants');
  #running: Promise<unknown> | null = null;
  #stopped = false;

  constructor(private readonly database: Database) {}

  /** For a tick: never throws. What could not be done now is found again at the next one. */
  async runDue(): Promise<void> {
    this.#running ??= this.#outage.around(() => this.#eraseAll()).finally(() => (this.#running = null));
    await this.#running;
  }

  /** Finishes the statement in hand. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #eraseAll(): Promise<void> {
    for (const tenantId of await this.#deleted()) await this.#erase(tenantId);
  }

  /** Across tenants: a hint of where to look. */
  async #deleted(): Promise<TenantId[]> {
    const rows = await this.database.overTenants.query<{ id: TenantId }>(
      `SELECT id FROM tenants WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT $1`,
      [TENANTS_AT_ONCE],
    );
    return rows.map(({ id }) => id);
  }

  async #erase(tenantId: TenantId): Promise<void> {
    for (const table of await this.#tables()) {
      while (!this.#stopped && (await this.#deleteSome(table, tenantId)) > 0);
    }
    if (this.#stopped) return;
    // With whatever came in meanwhile, by the foreign keys.
    await this.database.of(tenantId).query(`DELETE FROM tenants WHERE id = $1 AND deleted_at IS NOT NULL`, [tenantId]);
  }

  /** What another worker is deleting at this moment is skipped. */
  async #deleteSome(table: string, tenantId: TenantId): Promise<number> {
    const rows = await this.database.of(tenantId).query(
      `DELETE FROM ${table} WHERE tenant_id = $1
          AND ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE tenant_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED))
       RETURNING 1`,
      [tenantId, ROWS_AT_ONCE],
    );
    return rows.length;
  }

  /** Of a tenant's rows, quoted: those first that no other refers to. A table without a tenant of its own is a part of one that has it, and goes with it. */
  async #tables(): Promise<string[]> {
    const rows = await this.database.overTenants.query<{ name: string }>(
      `WITH RECURSIVE of_tenant (relation, depth) AS (
         SELECT conrelid, 1 FROM pg_constraint WHERE contype = 'f' AND confrelid = 'tenants'::regclass
         UNION
         SELECT key.conrelid, of_tenant.depth + 1
           FROM of_tenant JOIN pg_constraint key ON key.contype = 'f' AND key.confrelid = of_tenant.relation
          WHERE key.conrelid <> key.confrelid AND of_tenant.depth < 20)
       SELECT relation::regclass::text AS name FROM of_tenant
        WHERE EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = relation AND attname = 'tenant_id' AND NOT attisdropped)
        GROUP BY relation ORDER BY max(depth) DESC, 1`,
    );
    return rows.map(({ name }) => name);
  }
}
