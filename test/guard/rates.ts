import { randomUUID } from 'node:crypto';
import type { TenantId } from '#libs/database';
import type { LimitName } from '#libs/limits';
import { PLATFORM } from '#libs/tenants';
import type { Answer } from '../main-job/answer.js';
import type { LimitedScene } from './limits-scene.js';

interface Rate {
  /** Whose, and of whom. */
  of: (scene: LimitedScene) => [TenantId, subject: string];
  send: (scene: LimitedScene) => Promise<Answer>;
}

const HERE = '127.0.0.1';
const ofAddress = (): [TenantId, string] => [PLATFORM, HERE];
const ofClient = ({ tenantId, partner }: LimitedScene): [TenantId, string] => [tenantId, partner.clientId];
const ofTenant = ({ tenantId }: LimitedScene): [TenantId, string] => [tenantId, tenantId];
const ask = (scene: LimitedScene) => scene.token({ grant_type: 'client_credentials', scope: 'webhook:read' });
const guess = (scene: LimitedScene) => scene.token({ grant_type: 'client_credentials', client_secret: 'wrong' });
const read = ({ user }: LimitedScene) => user.get('/v2/apps');

/** One request of each kind that is counted. */
export const rates: Record<LimitName, Rate> = {
  'oauth-client': { of: ofClient, send: ask },
  'client-revocations': { of: ofClient, send: (scene) => scene.token({ token: 'none' }, '/oauth/revoke') },
  'oauth-address': { of: ofAddress, send: ask },
  'client-guesses': { of: ({ partner }) => [PLATFORM, `${partner.clientId} ${HERE}`], send: guess },
  'client-failures': { of: ofAddress, send: guess },
  user: { of: ({ tenantId, userId }) => [tenantId, userId], send: read },
  tenant: { of: ofTenant, send: read },
  'tenant-runs': {
    of: ofTenant,
    send: ({ user }) => user.post('/v2/action-runs', { data: { action: randomUUID(), inputs: {} } }),
  },
  'public-reads': {
    of: ofAddress,
    send: ({ gatehouse, partner }) => gatehouse.get(`/v2/apps?client_id=${partner.clientId}`),
  },
  'bearer-failures': { of: ofAddress, send: ({ gatehouse }) => gatehouse.get('/v2/apps', 'wrong') },
  'admin-failures': { of: ofAddress, send: ({ gatehouse }) => gatehouse.get('/admin/tenants', 'wrong') },
  'connect-links': { of: ofAddress, send: ({ gatehouse }) => gatehouse.get('/to/acme-crm?token=wrong') },
  'sign-ins': { of: ofAddress, send: ({ gatehouse }) => gatehouse.get('/oauth/authorize?client_id=nobody') },
  'upstream-callbacks': {
    of: ofAddress,
    send: ({ gatehouse }) => gatehouse.post('/upstream-callbacks/none', {}),
  },
};
