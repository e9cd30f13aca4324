import { Injectable } from '@nestjs/common';
import { readToken } from '#libs/crypto';
import { asTenantId, type TenantId } from '#libs/database';
import { BriefCache, Clock } from '#libs/scheduling';
import { Clients, Tenants, type Client, type Tenant } from '#libs/tenants';
import type { AuthenticatedClient } from './grant.js';

/** So long may a secret that was replaced, or a client that was disabled, go on: half of the second in which everything is to be felt. */
const BELIEVED_SECONDS = 0.5;
const ENTRIES = 10_000;

/** Clients and their tenants, from memory for a moment: most requests to the token endpoint ask for the same few. */
@Injectable()
export class ClientDirectory {
  readonly #clients: BriefCache<Client | null>;
  readonly #tenants: BriefCache<Tenant | null>;

  constructor(clients: Clients, tenants: Tenants, clock: Clock) {
    const memory = { seconds: BELIEVED_SECONDS, entries: ENTRIES, clock };
    this.#clients = new BriefCache({ ...memory, load: (clientId) => loadClient(clients, clientId) });
    this.#tenants = new BriefCache({ ...memory, load: (tenantId) => tenants.byId(asTenantId(tenantId)) });
  }

  /** @returns null when there is no such client, or when it or its tenant is disabled */
  async find(clientId: string): Promise<AuthenticatedClient | null> {
    // What can't be an id of ours is not worth a place in the memory.
    const named = readToken('client', clientId);
    if (!named) return null;
    // Both for each id: were the tenant read for those that exist alone, they would take longer than the others.
    const [client, tenant] = await Promise.all([this.#clients.get(clientId), this.#tenants.get(named.tenantId)]);
    if (!client || client.disabledAt) return null;
    return tenant && !tenant.disabledAt ? { tenant, client } : null;
  }

  /** This process reads it again at once; the others do within a second. */
  forget(clientId: string): void {
    this.#clients.forget(clientId);
  }

  /** As `forget`, of a tenant's own settings. */
  forgetTenant(tenantId: TenantId): void {
    this.#tenants.forget(tenantId);
  }
}

async function loadClient(clients: Clients, clientId: string): Promise<Client | null> {
  const named = readToken('client', clientId);
  return named && clients.find(asTenantId(named.tenantId), clientId);
}
