export { Client } from './client.entity.js';
export {
  appScopes,
  grantNames,
  knownScopes,
  MAX_REFRESH_GRACE_SECONDS,
  MAX_REFRESH_LIFETIME_SECONDS,
  userScopes,
  type GrantName,
} from './client-defaults.js';
export { Clients, type ClientSettings, type ClientWithSecret, type NewClient } from './clients.store.js';
export { DisabledStates, type DisabledKind } from './disabled-states.store.js';
export { PLATFORM } from './platform.js';
export { Tenant, type ConnectPolicy, type JtiPolicy } from './tenant.entity.js';
export { TenantErasure } from './tenant-erasure.js';
export { TenantsModule } from './tenants.module.js';
export { Tenants, type NewTenant } from './tenants.service.js';
export { User } from './user.entity.js';
export { Users } from './users.store.js';
