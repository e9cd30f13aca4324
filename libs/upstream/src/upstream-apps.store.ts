import { Injectable } from '@nestjs/common';
import { AdoptedApps, TenantCatalog, type AppSummary, type TenantAppView } from '#libs/catalog';
import { Database, isStorable, type TenantId } from '#libs/database';
import { toSummary } from './upstream-app-summary.js';
import type { UpstreamApp } from './upstream-app.entity.js';

const columns = `app.tenant_id AS "tenantId", app.id, app.upstream_id AS "upstreamId", app.remote_id AS "remoteId", app.key,
  app.remote_key AS "remoteKey", app.title, app.description, app.image, app.categories, app.action_types AS "actionTypes", app.seen_at AS "seenAt"`;

/** Apps of a tenant's upstreams, as they were last read there. */
@Injectable()
export class UpstreamApps {
  constructor(
    private readonly database: Database,
    private readonly catalog: TenantCatalog,
    private readonly adopted: AdoptedApps,
  ) {}

  /**
   * Any app that a tenant offers, of our own catalog or of an upstream's: one that nobody has used before is written down at this.
   * @param keyOrId the app's key, or its uuid. @returns null when this tenant offers no such app
   */
  async find(tenantId: TenantId, keyOrId: string): Promise<TenantAppView | null> {
    const known = await this.catalog.find(tenantId, keyOrId);
    if (known || !isStorable(keyOrId)) return known;
    const [row] = await this.database.of(tenantId).query<UpstreamApp & { apiUrl: string; isAdopted: boolean }>(
      `SELECT ${columns}, upstream.api_url AS "apiUrl",
              EXISTS (SELECT 1 FROM apps WHERE apps.tenant_id = $1 AND apps.id = app.id) AS "isAdopted" FROM upstream_apps app
         JOIN upstreams upstream ON upstream.tenant_id = $1 AND upstream.id = app.upstream_id
        WHERE app.tenant_id = $1 AND (app.key = $2 OR app.id::text = lower($2)) AND upstream.enabled`,
      [tenantId, keyOrId],
    );
    if (!row) return null;
    // Somebody else has written it down in this second.
    if (row.isAdopted) this.catalog.forget(tenantId, row);
    else await this.adopt(tenantId, row.id, toSummary(row, row.apiUrl));
    return this.catalog.find(tenantId, keyOrId);
  }

  /** An app that had this key, and that the upstream has under another id by now, gives it up. */
  async adopt(tenantId: TenantId, id: string, summary: AppSummary): Promise<void> {
    await this.database
      .of(tenantId)
      .query(`UPDATE apps SET key = key || ':' || id::text WHERE tenant_id = $1 AND key = $2 AND id <> $3`, [
        tenantId,
        summary.key,
        id,
      ]);
    return this.adopted.adopt(tenantId, { id, summary });
  }
}
