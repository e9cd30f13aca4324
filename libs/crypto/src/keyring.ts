import type { AssociatedData } from './aead.js';

/** The keys that wrap data keys. They live outside the database: here, or in a key management service. */
export abstract class Keyring {
  abstract readonly primaryId: string;

  /** Of all keys, the primary first. */
  abstract readonly ids: readonly string[];

  /** Wraps under the primary key. */
  abstract wrap(dataKey: Buffer, context: AssociatedData): Promise<{ keyId: string; wrapped: Buffer }>;

  /** @throws UnknownKeyError when the ring no longer holds `keyId`. */
  abstract unwrap(keyId: string, wrapped: Buffer, context: AssociatedData): Promise<Buffer>;
}

/** The keyring is not the one that the data needs. The sentence is for the operator. */
export class KeyringError extends Error {}

/** Keys that data needs are not in the ring. */
export class MissingKeysError extends KeyringError {
  override readonly name = 'MissingKeysError';

  constructor(readonly missing: readonly { keyId: string; dataKeys: number }[]) {
    super(missingSentence(missing));
  }
}

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

function missingSentence(missing: readonly { keyId: string; dataKeys: number }[]): string {
  const [only, another] = missing;
  if (only && !another) {
    return `VAULT_KEYRING no longer holds the key "${only.keyId}", which still wraps ${dataKeys(only)}. Add it back behind the primary key.`;
  }
  const each = missing.map((key) => `"${key.keyId}" (${dataKeys(key)})`).join(', ');
  return `VAULT_KEYRING no longer holds keys that still wrap data: ${each}. Add them back behind the primary key.`;
}

function dataKeys({ dataKeys: count }: { dataKeys: number }): string {
  return count === 1 ? '1 data key' : `${count} data keys`;
}
