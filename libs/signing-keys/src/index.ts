export { signingAlgorithms, type SigningAlgorithm } from './key-pair.js';
export { type KeyPolicy } from './key-policy.js';
export { KeyRotation, type RotationOptions } from './key-rotation.service.js';
export { PublishedKeys, type PublishedKeySet } from './published-keys.js';
export { Signer } from './signer.js';
export { SigningKey } from './signing-key.entity.js';
export { SigningKeySet } from './signing-key-set.entity.js';
export { SigningKeysModule } from './signing-keys.module.js';
export { SigningKeyStore } from './signing-keys.store.js';
