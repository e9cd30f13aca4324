import { Injectable } from '@nestjs/common';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
import { asTenantId, type TenantId } from '#libs/database';
import { Denials } from '#libs/oauth';
import { BriefCache, Clock } from '#libs/scheduling';
import { Tenants, Users, type Tenant } from '#libs/tenants';
import { Upstreams, type Upstream } from '#libs/upstream';
import type { ConnectAttempt } from './connect-attempt.entity.js';
import { failures } from './connect-failure.js';
import { upstreamOfAccount } from './upstream-address.js';

/** An attempt with what it is about. */
export interface ConsentContext {
  attempt: ConnectAttempt;
  tenant: Tenant;
  app: TenantAppView;
  /** That the account is at, or that is the account; null for an app of our own. */
  upstream: Upstream | null;
  /** What the tenant calls its user: for this attempt, or in its JWTs. Where it does neither, their subject. */
  userTitle: string;
}

/** A document may be large, and a page is loaded again and again: an app that is switched off is shown for a second more. */
const SHOWN_MEMORY = { seconds: 1, entries: 200 };

interface Offer {
  tenant: Tenant | null;
  app: TenantAppView | null;
  upstream: Upstream | null;
}

@Injectable()
export class ConsentContexts {
  readonly #shown: BriefCache<Offer>;

  constructor(
    private readonly tenants: Tenants,
    private readonly users: Users,
    private readonly catalog: TenantCatalog,
    private readonly denials: Denials,
    private readonly upstreams: Upstreams,
    clock: Clock,
  ) {
    const load = (name: string) => {
      const [tenantId = '', appId = ''] = name.split(' ');
      return this.#offer(asTenantId(tenantId), appId);
    };
    this.#shown = new BriefCache({ ...SHOWN_MEMORY, clock, load });
  }

  /**
   * Read anew, for what gives something away.
   * @throws ConnectFailure when what the attempt came from was revoked or disabled since, or the tenant no longer offers the app
   */
  of(attempt: ConnectAttempt): Promise<ConsentContext> {
    return this.#context(attempt, () => this.#offer(attempt.tenantId, attempt.appId));
  }

  /** For a page that only shows how things stand: tenant and app as they were a second ago at most. @throws as of */
  ofPage(attempt: ConnectAttempt): Promise<ConsentContext> {
    return this.#context(attempt, () => this.#shown.get(`${attempt.tenantId} ${attempt.appId}`));
  }

  async #context(attempt: ConnectAttempt, offer: () => Promise<Offer>): Promise<ConsentContext> {
    const { tenantId, userId } = attempt;
    if (this.denials.stands(tenantId, 'user', userId)) throw failures.userNotFound();
    if (this.#isDenied(attempt)) throw failures.invalidToken();
    const [{ tenant, app, upstream }, user] = await Promise.all([offer(), this.users.find(tenantId, userId)]);
    if (!user) throw failures.userNotFound();
    if (!tenant || !app) throw failures.invalidApp();
    return { attempt, tenant, app, upstream, userTitle: attempt.userTitle ?? user.displayName ?? user.subject };
  }

  async #offer(tenantId: TenantId, appId: string): Promise<Offer> {
    const [tenant, app] = await Promise.all([this.tenants.byId(tenantId), this.catalog.find(tenantId, appId)]);
    const upstream = app && (await this.#upstreamOf(tenantId, app));
    const isOff = upstream === undefined || upstream?.enabled === false;
    return { tenant, app: isOff ? null : app, upstream: upstream ?? null };
  }

  /** @returns null for an app of our own, undefined where its upstream is gone */
  async #upstreamOf(tenantId: TenantId, { definition: { key, security } }: TenantAppView) {
    const name = upstreamOfAccount(key);
    if (name !== null) return (await this.upstreams.find(tenantId, name)) ?? undefined;
    if (security.kind !== 'upstream') return null;
    return (await this.upstreams.byId(tenantId, security.upstreamId)) ?? undefined;
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
