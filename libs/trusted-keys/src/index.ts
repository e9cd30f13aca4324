export { JtiUse } from './jti-use.entity.js';
export { JtiUses } from './jti-uses.store.js';
export { PartnerTokens, type PartnerIdentity } from './partner-tokens.service.js';
export { RefusedToken } from './refused-token.js';
export { TrustedKeySet } from './trusted-key-set.entity.js';
export { TrustedKeys, type TrustSource } from './trusted-keys.service.js';
export { TrustedKeysModule } from './trusted-keys.module.js';
