export { DataKey } from './data-key.entity.js';
export { MAX_SEALED_SECONDS, Sealer } from './sealer.js';
export { SealingKey } from './sealing-key.entity.js';
export { Vault, type SecretPlace } from './vault.service.js';
export { VaultModule } from './vault.module.js';
export { VaultSecret } from './vault-secret.entity.js';
