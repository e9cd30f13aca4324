export { SigningKey } from './signing-key.entity.js';
export { SigningKeysModule } from './signing-keys.module.js';
export { SigningKeys } from './signing-keys.service.js';
