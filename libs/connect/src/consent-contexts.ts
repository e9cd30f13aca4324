import { Injectable } from '@nestjs/common';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
import { Denials } from '#libs/oauth';
import { Tenants, Users, type Tenant } from '#libs/tenants';
import type { ConnectAttempt } from './connect-attempt.entity.js';
import { failures } from './connect-failure.js';

/** An attempt with what it is about. */
export interface ConsentContext {
  attempt: ConnectAttempt;
  tenant: Tenant;
  app: TenantAppView;
  /** What the tenant calls its user: for this attempt, or in its JWTs. Where it does neither, their subject. */
  userTitle: string;
}

@Injectable()
export class ConsentContexts {
  constructor(
    private readonly tenants: Tenants,
    private readonly users: Users,
    private readonly catalog: TenantCatalog,
    private readonly denials: Denials,
  ) {}

  /** @throws ConnectFailure when what the attempt came from was revoked or disabled since, or the tenant no longer offers the app */
  async of(attempt: ConnectAttempt): Promise<ConsentContext> {
    const { tenantId, userId, appId } = attempt;
    if (this.denials.stands(tenantId, 'user', userId)) throw failures.userNotFound();
    if (this.#isDenied(attempt)) throw failures.invalidToken();
    const [tenant, user, app] = await Promise.all([
      this.tenants.byId(tenantId),
      this.users.find(tenantId, userId),
      this.catalog.find(tenantId, appId),
    ]);
    if (!user) throw failures.userNotFound();
    if (!tenant || !app) throw failures.invalidApp();
    return { attempt, tenant, app, userTitle: attempt.userTitle ?? user.displayName ?? user.subject };
  }

  /** Who is told of a failure that left no context. Null when the tenant itself is off: then nobody is. */
  async tenantOf({ tenantId }: ConnectAttempt): Promise<Tenant | null> {
    return this.denials.stands(tenantId, 'tenant', tenantId) ? null : this.tenants.byId(tenantId);
  }

  /** As its tokens: what began before a disabling stays dead after it. */
  #isDenied({ tenantId, id, rootId, grantId, userId, clientId, createdAt: issuedAt }: ConnectAttempt): boolean {
    return this.denials.isDenied({ tenantId, id, rootId, grantId, userId, clientId: clientId ?? '', issuedAt });
  }
}
