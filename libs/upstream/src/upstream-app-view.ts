import type { TenantAppView } from '#libs/catalog';

export interface RemoteAppName {
  upstreamId: string;
  remoteId: string;
  remoteKey: string;
}

/** What an app of an upstream is called there; null for an app of our own. */
export function remoteAppOf({ definition: { security } }: Pick<TenantAppView, 'definition'>): RemoteAppName | null {
  return security.kind === 'upstream' ? security : null;
}
