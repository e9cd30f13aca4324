import { Injectable } from '@nestjs/common';
import { Database, Wakeups, type TenantId, type Transaction } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { Tenants } from '#libs/tenants';
import { DataKeyStore } from './data-keys.store.js';

export interface BuriedTenant {
  tenantId: TenantId;
  slug: string;
  shreddedAt: Date;
}

/** Tenants whose data keys were destroyed. */
@Injectable()
export class Tombstones {
  constructor(
    private readonly database: Database,
    private readonly tenants: Tenants,
    private readonly dataKeys: DataKeyStore,
    private readonly wakeups: Wakeups,
    private readonly clock: Clock,
  ) {}

  /** From that commit on nothing of the tenant opens, and the tenant is there for nobody. */
  async bury({ tenantId, slug, shreddedAt }: BuriedTenant, tx: Transaction): Promise<void> {
    await this.tenants.delete(tenantId, this.clock.now(), tx);
    await this.dataKeys.destroyAll(tx, tenantId);
    await tx.query(
      `INSERT INTO tombstones (tenant_id, slug, shredded_at, changed_at) VALUES ($1, $2, $3, now())
       ON CONFLICT (tenant_id) DO NOTHING`,
      [tenantId, slug, shreddedAt],
    );
    await this.wakeups.notify(tx, 'tombstones');
  }

  /** Oldest first. */
  list(): Promise<BuriedTenant[]> {
    return this.database.overTenants.query<BuriedTenant>(
      `SELECT tenant_id AS "tenantId", slug, shredded_at AS "shreddedAt" FROM tombstones ORDER BY shredded_at, tenant_id`,
    );
  }

  /** @param seconds null: of all time */
  async buriedIn(seconds: number | null): Promise<TenantId[]> {
    const rows = await this.database.overTenants.query<{ tenantId: TenantId }>(
      `SELECT tenant_id AS "tenantId" FROM tombstones
        WHERE $1::float8 IS NULL OR changed_at >= now() - $1::float8 * interval '1 second'`,
      [seconds],
    );
    return rows.map(({ tenantId }) => tenantId);
  }

  /** Tenants that a restored backup brought back are buried again, before anything is served. */
  async replay(): Promise<void> {
    const risen = await this.database.overTenants.query<BuriedTenant>(
      `SELECT tombstone.tenant_id AS "tenantId", tombstone.slug, tombstone.shredded_at AS "shreddedAt"
         FROM tombstones tombstone JOIN tenants tenant ON tenant.id = tombstone.tenant_id WHERE tenant.deleted_at IS NULL
        UNION
       SELECT tombstone.tenant_id, tombstone.slug, tombstone.shredded_at
         FROM tombstones tombstone JOIN data_keys data_key ON data_key.tenant_id = tombstone.tenant_id
        WHERE data_key.wrapped IS NOT NULL`,
    );
    for (const buried of risen) await this.database.overTenants.transaction((tx) => this.bury(buried, tx));
  }
}
