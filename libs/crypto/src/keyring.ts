import type { AssociatedData } from './aead.js';

/** The keys that wrap data keys. They live outside the database: here, or in a key management service. */
export abstract class Keyring {
  abstract readonly primaryId: string;

  /** Wraps under the primary key. */
  abstract wrap(dataKey: Buffer, context: AssociatedData): Promise<{ keyId: string; wrapped: Buffer }>;

  /** @throws UnknownKeyError when the ring no longer holds `keyId`. */
  abstract unwrap(keyId: string, wrapped: Buffer, context: AssociatedData): Promise<Buffer>;
}

/** The keyring is not the one that the data needs. The sentence is for the operator. */
export class KeyringError extends Error {}

export class UnknownKeyError extends KeyringError {
  override readonly name = 'UnknownKeyError';

  constructor(readonly keyId: string) {
    super(
      `VAULT_KEYRING no longer holds the key "${keyId}", which still wraps data. Add it back behind the primary key.`,
    );
  }
}

export class WrongKeyError extends KeyringError {
  override readonly name = 'WrongKeyError';

  constructor(readonly keyId: string) {
    super(
      `The key "${keyId}" of VAULT_KEYRING is not the one that wrapped the data of this database. Give the one that did; a new key needs an id of its own.`,
    );
  }
}
