import { Injectable } from '@nestjs/common';
import type { TenantAppView } from '#libs/catalog';
import type { TenantId } from '#libs/database';
import { problem, type ProblemSource } from '#libs/errors';
import { UpstreamApps, Upstreams, remoteAppOf } from '#libs/upstream';

/** An app that a request names: one of our own, or of an upstream of the tenant's. */
@Injectable()
export class AppLookup {
  constructor(
    private readonly apps: UpstreamApps,
    private readonly upstreams: Upstreams,
  ) {}

  find(tenantId: TenantId, keyOrId: string): Promise<TenantAppView | null> {
    return this.apps.find(tenantId, keyOrId);
  }

  /** @throws Problem not_found, the same for one that is another tenant's */
  async require(tenantId: TenantId, keyOrId: string, source: ProblemSource): Promise<TenantAppView> {
    const app = await this.find(tenantId, keyOrId);
    if (!app) throw problem('not_found', 'There is no app with this id. GET /v2/apps lists them.', { source });
    return app;
  }

  /** What lists call where it comes from: `local`, or the name of its upstream. */
  async sourceOf(tenantId: TenantId, app: TenantAppView): Promise<string> {
    const remote = remoteAppOf(app);
    const upstream = remote && (await this.upstreams.byId(tenantId, remote.upstreamId));
    return upstream?.name ?? 'local';
  }
}
