import { Injectable } from '@nestjs/common';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
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
  ) {}

  /** @throws ConnectFailure when the tenant no longer offers the app */
  async of(attempt: ConnectAttempt): Promise<ConsentContext> {
    const tenant = await this.tenants.byId(attempt.tenantId);
    const app = await this.catalog.find(attempt.tenantId, attempt.appId);
    if (!tenant || !app) throw failures.invalidApp();
    return { attempt, tenant, app };
  }
}
