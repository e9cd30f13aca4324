import type { AppSummary } from '#libs/catalog';
import { sha256 } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import type { UpstreamApp } from './upstream-app.entity.js';

type ActionType = AppSummary['actionTypes'][number];

/** A uuid of version 8 (RFC 9562 §5.8), the same whenever it is made of the same: so an app that was read anew is the one that it was. */
export function upstreamAppId(tenantId: TenantId, upstreamId: string, remoteId: string): string {
  const bytes = sha256(JSON.stringify([tenantId, upstreamId, remoteId])).subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** As an app of the catalog. Its actions are asked for at the upstream. */
export function toSummary(app: Omit<UpstreamApp, 'tenantId' | 'seenAt'>, apiUrl: string): AppSummary {
  const { upstreamId, remoteId, remoteKey } = app;
  return {
    key: app.key,
    title: app.title,
    description: app.description,
    image: app.image,
    categories: app.categories,
    serverUrl: apiUrl,
    security: { kind: 'upstream', upstreamId, remoteId, remoteKey },
    identity: null,
    actionTypes: app.actionTypes as ActionType[],
  };
}
