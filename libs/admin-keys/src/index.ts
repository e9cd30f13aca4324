export { AdminCredentials, type AdminHolder } from './admin-credentials.js';
export { AdminKey } from './admin-key.entity.js';
export { AdminKeyStore, type ListedAdminKey, type NewAdminKey } from './admin-keys.store.js';
export { AdminKeys } from './admin-keys.js';
export { ConsoleSession } from './console-session.entity.js';
export { ConsoleSessions } from './console-sessions.js';
export { AdminKeysModule } from './admin-keys.module.js';
