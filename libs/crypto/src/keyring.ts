import type { AssociatedData } from './aead.js';

/** The keys that wrap data keys. They live outside the database: here, or in a key management service. */
export abstract class Keyring {
  abstract readonly primaryId: string;

  /** Wraps under the primary key. */
  abstract wrap(dataKey: Buffer, context: AssociatedData): Promise<{ keyId: string; wrapped: Buffer }>;

  /** @throws UnknownKeyError when the ring no longer holds `keyId`. */
  abstract unwrap(keyId: string, wrapped: Buffer, context: AssociatedData): Promise<Buffer>;
}

export class UnknownKeyError extends Error {
  override readonly name = 'UnknownKeyError';

  constructor(readonly keyId: string) {
    super(
      `VAULT_KEYRING no longer holds the key "${keyId}", which still wraps data. Add it back behind the primary key.`,
    );
  }
}
