import { Injectable } from '@nestjs/common';
import { IsNull, Not } from 'typeorm';
import {
  Database,
  asTenantId,
  isStorable,
  isUniqueViolation,
  newId,
  type TenantId,
  type Transaction,
} from '#libs/database';
import { problem } from '#libs/errors';
import { firstClient } from './client-defaults.js';
import { Clients, type ClientWithSecret } from './clients.store.js';
import { PLATFORM } from './platform.js';
import { Tenant } from './tenant.entity.js';

type Branding = Pick<Tenant, 'logoUrl' | 'color'>;
export type NewTenant = Omit<Tenant, 'id' | 'createdAt' | 'disabledAt' | 'deletedAt' | keyof Branding> &
  Partial<Branding>;

const unbranded: Branding = { logoUrl: null, color: null };

/** Tenants, each with a first client. */
@Injectable()
export class Tenants {
  constructor(
    private readonly clients: Clients,
    private readonly database: Database,
  ) {}

  /**
   * Makes the tenant with its first client, in one transaction with whatever `also` does for it.
   * @throws Problem conflict when the slug is taken
   */
  async create(
    values: NewTenant,
    also: (tenant: Tenant, tx: Transaction) => Promise<void>,
  ): Promise<ClientWithSecret & { tenant: Tenant }> {
    const fresh = { id: asTenantId(newId()), createdAt: new Date(), disabledAt: null, deletedAt: null };
    const tenant: Tenant = { ...unbranded, ...values, ...fresh };
    const client = {
      name: `${tenant.name} (first client)`,
      grants: firstClient.grants,
      scopes: firstClient.scopes,
      redirectUris: tenant.redirectUris,
      isPublic: false,
    };
    try {
      return await this.database.of(tenant.id).transaction(async (tx) => {
        await tx.manager.insert(Tenant, tenant);
        const made = await this.clients.insert(tenant.id, client, tx);
        await also(tenant, tx);
        return { ...made, tenant };
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'tenants_slug_key')) throw error;
      throw problem('conflict', `A tenant "${tenant.slug}" exists already. Choose another slug.`, {
        source: { pointer: '/slug' },
      });
    }
  }

  /** Changes a tenant's settings, in one transaction with whatever `also` does for it. */
  async update(
    tenantId: TenantId,
    changes: Partial<NewTenant>,
    also: (tx: Transaction) => Promise<void>,
  ): Promise<Tenant | null> {
    await this.database.of(tenantId).transaction(async (tx) => {
      if (Object.keys(changes).length > 0) await tx.manager.update(Tenant, { id: tenantId }, changes);
      await also(tx);
    });
    return this.byId(tenantId);
  }

  list(): Promise<Tenant[]> {
    return this.database.overTenants.mapped((tenants) =>
      tenants.find(Tenant, { where: { id: Not(PLATFORM), deletedAt: IsNull() }, order: { slug: 'ASC' } }),
    );
  }

  /** @throws Problem not_found */
  async bySlug(slug: string): Promise<Tenant> {
    const tenant = isStorable(slug)
      ? await this.database.overTenants.mapped((tenants) =>
          tenants.findOneBy(Tenant, { slug, id: Not(PLATFORM), deletedAt: IsNull() }),
        )
      : null;
    if (!tenant) throw problem('not_found', `There is no tenant "${slug}". GET /admin/tenants lists them.`);
    return tenant;
  }

  byId(tenantId: TenantId): Promise<Tenant | null> {
    return this.database
      .of(tenantId)
      .mapped((tenants) => tenants.findOneBy(Tenant, { id: tenantId, deletedAt: IsNull() }));
  }

  /**
   * From that commit on the tenant is there for nobody. Its slug is free again when its rows are gone too: see TenantErasure.
   * @returns false when it was deleted already
   */
  async delete(tenantId: TenantId, deletedAt: Date, tx: Transaction): Promise<boolean> {
    // Waits for whoever is making a data key for it: rows that refer to the tenant lock it a little.
    await tx.query(`SELECT 1 FROM tenants WHERE id = $1 FOR UPDATE`, [tenantId]);
    const rows = await tx.query(
      `UPDATE tenants SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL RETURNING id`,
      [tenantId, deletedAt],
    );
    return rows.length > 0;
  }

  /** Whether any tenant's pages are served from this origin. */
  async isRegisteredOrigin(origin: string): Promise<boolean> {
    const rows = await this.database.overTenants.query(
      `SELECT 1 FROM tenants WHERE $1 = ANY (origins) AND deleted_at IS NULL LIMIT 1`,
      [origin],
    );
    return rows.length > 0;
  }
}
