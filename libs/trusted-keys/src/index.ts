export { JtiUse } from './jti-use.entity.js';
export { JtiUses } from './jti-uses.store.js';
export { PartnerTokens, type PartnerIdentity, type TokenExplanation } from './partner-tokens.service.js';
export { RefusedToken } from './refused-token.js';
export type { TrustStatus } from './trust-status.js';
export { TrustedKeySet } from './trusted-key-set.entity.js';
export { TrustedKeyUse } from './trusted-key-use.entity.js';
export { TrustedKeys, type TrustSource } from './trusted-keys.service.js';
export { TrustedKeysModule } from './trusted-keys.module.js';
