export { Client } from './client.entity.js';
export { grantNames, knownScopes, userScopes, type GrantName } from './client-defaults.js';
export { PLATFORM } from './platform.js';
export { Tenant, type ConnectPolicy, type JtiPolicy } from './tenant.entity.js';
export { TenantsModule } from './tenants.module.js';
export { Tenants, type NewClient, type NewTenant } from './tenants.service.js';
export { User } from './user.entity.js';
export { Users } from './users.store.js';
