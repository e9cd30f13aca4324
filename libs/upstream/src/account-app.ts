import { Injectable } from '@nestjs/common';
import { AdoptedApps, TenantCatalog, type AppSummary } from '#libs/catalog';
import { upstreamAppId } from './upstream-app-summary.js';
import type { Upstream } from './upstream.entity.js';
import { Upstreams } from './upstreams.store.js';

/** Ends the key of an upstream's account app: the hidden app that is a person's own account there, in the mode `user`. */
const ACCOUNT = ':account';

export function accountAppKey({ name }: Pick<Upstream, 'name'>): string {
  return name + ACCOUNT;
}

export function accountAppId({ tenantId, id }: Upstream): string {
  return upstreamAppId(tenantId, id, ACCOUNT);
}

/** Keeps the account app of an upstream in step with its settings. It is connected, and refreshed, like any OAuth app. */
@Injectable()
export class AccountApp {
  constructor(
    private readonly adopted: AdoptedApps,
    private readonly catalog: TenantCatalog,
    private readonly upstreams: Upstreams,
  ) {}

  /** May be called again and again. */
  async keep(upstream: Upstream): Promise<void> {
    const { tenantId, clientId } = upstream;
    const app = { id: accountAppId(upstream), key: accountAppKey(upstream) };
    const isUsed = upstream.mode === 'user' && upstream.enabled && upstream.authorizeUrl !== null;
    const clientSecret = isUsed ? await this.upstreams.clientSecret(upstream) : null;
    if (clientSecret) {
      await this.adopted.adopt(tenantId, { id: app.id, summary: summaryOf(upstream, upstream.authorizeUrl ?? '') });
      await this.adopted.setOauthClient(tenantId, app.id, { clientId, clientSecret });
    } else if (await this.catalog.find(tenantId, app.id)) await this.adopted.setOauthClient(tenantId, app.id, null);
    this.catalog.forget(tenantId, app);
  }
}

function summaryOf(upstream: Upstream, authorizationUrl: string): AppSummary {
  const { scopes, tokenUrl } = upstream;
  return {
    key: accountAppKey(upstream),
    title: upstream.title,
    description: '',
    image: null,
    categories: [],
    serverUrl: upstream.apiUrl,
    security: {
      kind: 'oauth2',
      authorizationUrl,
      tokenUrl,
      scopes: scopes.map((name) => ({ name, description: '' })),
      requestedScopes: scopes,
      // A spent refresh token is dead at once there (protocol.md §3.2).
      refresh: { rotation: 'strict' },
    },
    identity: null,
    actionTypes: [],
  };
}
