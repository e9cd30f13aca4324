import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Not, type Repository } from 'typeorm';
import { mintToken, Secret } from '#libs/crypto';
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
import { Client } from './client.entity.js';
import { firstClient } from './client-defaults.js';
import { PLATFORM } from './platform.js';
import { Tenant } from './tenant.entity.js';

export type NewTenant = Omit<Tenant, 'id' | 'createdAt'>;
export type NewClient = Pick<Client, 'name' | 'grants' | 'scopes' | 'redirectUris'> & { isPublic: boolean };

export interface ClientWithSecret {
  client: Client;
  /** Null for a public client. */
  secret: Secret<string> | null;
}

/** Tenants and their OAuth clients. */
@Injectable()
export class Tenants {
  constructor(
    @InjectRepository(Tenant) private readonly tenants: Repository<Tenant>,
    @InjectRepository(Client) private readonly clients: Repository<Client>,
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
    const tenant = this.tenants.create({ ...values, id: asTenantId(newId()), createdAt: new Date() });
    const { client, secret } = this.#newClient(tenant.id, {
      name: `${tenant.name} (first client)`,
      grants: firstClient.grants,
      scopes: firstClient.scopes,
      redirectUris: tenant.redirectUris,
      isPublic: false,
    });
    try {
      await this.database.transaction(async (tx) => {
        await tx.manager.insert(Tenant, tenant);
        await tx.manager.insert(Client, client);
        await also(tenant, tx);
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'tenants_slug_key')) throw error;
      throw problem('conflict', `A tenant "${tenant.slug}" exists already. Choose another slug.`, {
        source: { pointer: '/slug' },
      });
    }
    return { tenant, client, secret };
  }

  /** Changes a tenant's settings, in one transaction with whatever `also` does for it. */
  async update(
    tenantId: TenantId,
    changes: Partial<NewTenant>,
    also: (tx: Transaction) => Promise<void>,
  ): Promise<Tenant | null> {
    await this.database.transaction(async (tx) => {
      if (Object.keys(changes).length > 0) await tx.manager.update(Tenant, { id: tenantId }, changes);
      await also(tx);
    });
    return this.byId(tenantId);
  }

  /** Makes a client, in one transaction with whatever `also` does for it. */
  async addClient(
    tenantId: TenantId,
    values: NewClient,
    also: (client: Client, tx: Transaction) => Promise<void>,
  ): Promise<ClientWithSecret> {
    const made = this.#newClient(tenantId, values);
    await this.database.transaction(async (tx) => {
      await tx.manager.insert(Client, made.client);
      await also(made.client, tx);
    });
    return made;
  }

  list(): Promise<Tenant[]> {
    return this.tenants.find({ where: { id: Not(PLATFORM) }, order: { slug: 'ASC' } });
  }

  /** @throws Problem not_found */
  async bySlug(slug: string): Promise<Tenant> {
    const tenant = isStorable(slug) ? await this.tenants.findOneBy({ slug, id: Not(PLATFORM) }) : null;
    if (!tenant) throw problem('not_found', `There is no tenant "${slug}".`);
    return tenant;
  }

  byId(tenantId: TenantId): Promise<Tenant | null> {
    return this.tenants.findOneBy({ id: tenantId });
  }

  /** Whether any tenant's pages are served from this origin. */
  async isRegisteredOrigin(origin: string): Promise<boolean> {
    const rows = await this.database.query(`SELECT 1 FROM tenants WHERE $1 = ANY (origins) LIMIT 1`, [origin]);
    return rows.length > 0;
  }

  client(tenantId: TenantId, clientId: string): Promise<Client | null> {
    return this.clients.findOneBy({ tenantId, clientId });
  }

  #newClient(tenantId: TenantId, { isPublic, ...values }: NewClient): ClientWithSecret {
    const { token: clientId } = mintToken('client', tenantId);
    const secret = isPublic ? null : mintToken('clientSecret', tenantId);
    const client = this.clients.create({
      ...values,
      tenantId,
      clientId,
      secretDigest: secret?.digest ?? null,
      createdAt: new Date(),
    });
    return { client, secret: secret && new Secret(secret.token) };
  }
}
