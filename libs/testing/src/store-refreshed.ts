import { ConnectionRefreshes, Connections, type Credentials } from '#libs/connections';
import { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { Vault } from '#libs/vault';
import type { TestApp } from './test-app.js';

/**
 * Stores what a refresh brought, as the refresh loop does.
 * @returns false when the spent credentials no longer stand there
 */
export async function storeRefreshed(
  app: TestApp,
  { tenantId, id }: { tenantId: TenantId; id: string },
  credentials: Credentials,
  spentVersion: number,
): Promise<boolean> {
  const connection = await app.get(Connections).byId(tenantId, id);
  const refreshes = app.get(ConnectionRefreshes);
  using seal = await app.get(Vault).sealFor(tenantId);
  const place = connection ?? { tenantId, id, appId: id };
  return refreshes.store(refreshes.seal(seal, place, spentVersion, new Secret(credentials), null));
}
