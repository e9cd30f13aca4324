import { Connections, type Credentials, type NewConnection } from '#libs/connections';
import { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import type { Clock } from '#libs/scheduling';
import type { TestApp } from './test-app.js';

export type Oauth2Credentials = Extract<Credentials, { kind: 'oauth2' }>;

/** Obtained now, for an hour. */
export function oauth2Credentials(app: TestApp, changes: Partial<Oauth2Credentials> = {}): Oauth2Credentials {
  return {
    kind: 'oauth2',
    accessToken: 'access-1',
    refreshToken: 'refresh-1',
    scopes: ['things'],
    expiresAt: app.clock.in(3600).toISOString(),
    obtainedAt: app.clock.now().toISOString(),
    ...changes,
  };
}

export interface ConnectionOwner {
  tenantId: TenantId;
  userId: string;
  appId: string;
}

/** @returns the id of a new connection, usable unless `status` says else */
export function establishConnection(
  app: TestApp<Clock>,
  { tenantId, userId, appId }: ConnectionOwner,
  credentials: Credentials,
  status: NewConnection['status'] = 'connected',
): Promise<string> {
  const account = { id: 'account-1', title: 'Ada' };
  const values = { userId, appId, title: 'Acme CRM Ada', status, account, credentials: new Secret(credentials) };
  return app.get(Connections).establish(tenantId, values, null);
}
