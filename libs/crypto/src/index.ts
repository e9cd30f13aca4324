export { open, seal, sealAlike, type AssociatedData } from './aead.js';
export { digestsEqual, sha256 } from './digest.js';
export { Keyring, KeyringError, MissingKeysError, UnknownKeyError, WrongKeyError } from './keyring.js';
export { LocalKeyring } from './local-keyring.js';
export { mintToken, namePrefix, readPrefix, readToken, type TokenKind } from './opaque-token.js';
export { pooledRandomBytes } from './random-pool.js';
export { randomToken } from './random-token.js';
export { Secret } from './secret.js';
