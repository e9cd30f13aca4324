import { Injectable } from '@nestjs/common';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
import { Denials } from '#libs/oauth';
import { Tenants, type Tenant } from '#libs/tenants';
import type { ConnectAttempt } from './connect-attempt.entity.js';
import { failures } from './connect-failure.js';

/** An attempt with what it is about. */
export interface ConsentContext {
  attempt: ConnectAttempt;
  tenant: Tenant;
  app: TenantAppView;
}

@Injectable()
export class ConsentContexts {
  constructor(
    private readonly tenants: Tenants,
    private readonly catalog: TenantCatalog,
    private readonly denials: Denials,
  ) {}

  /** @throws ConnectFailure when what the attempt came from was revoked or disabled since, or the tenant no longer offers the app */
  async of(attempt: ConnectAttempt): Promise<ConsentContext> {
    if (this.#isDenied(attempt)) throw failures.invalidToken();
    const tenant = await this.tenants.byId(attempt.tenantId);
    const app = await this.catalog.find(attempt.tenantId, attempt.appId);
    if (!tenant || !app) throw failures.invalidApp();
    return { attempt, tenant, app };
  }

  /** As its tokens: what began before a disabling stays dead after it. */
  #isDenied({ tenantId, id, rootId, grantId, userId, clientId, createdAt: issuedAt }: ConnectAttempt): boolean {
    return this.denials.isDenied({ tenantId, id, rootId, grantId, userId, clientId: clientId ?? '', issuedAt });
  }
}
