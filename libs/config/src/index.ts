export { Config, type KeyringEntry, type Role } from './config.js';
export { ConfigError } from './config-error.js';
export { ConfigModule } from './config.module.js';
export { loadConfig } from './load-config.js';
