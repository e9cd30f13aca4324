export { AdminKey } from './admin-key.entity.js';
export { AdminKeyStore, type ListedAdminKey, type NewAdminKey } from './admin-keys.store.js';
export { AdminKeys } from './admin-keys.js';
export { AdminKeysModule } from './admin-keys.module.js';
