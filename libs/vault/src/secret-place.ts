import { open, seal, type AssociatedData, type Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';

/** Whose secret it is: the kind of row, the row, and the field of it. Part of the associated data, so a ciphertext opens nowhere else. */
export interface SecretPlace {
  kind:
    | 'tenant-app'
    | 'signing-key'
    | 'sealing-key'
    | 'connection'
    | 'connect-attempt'
    | 'run'
    | 'orphaned-token'
    | 'idempotent-answer'
    | 'upstream'
    | 'upstream-token'
    | 'webhook';
  rowId: string;
  field: string;
}

/** Where a value stands, and as which one of those that stood there. */
export interface Standing {
  tenantId: TenantId;
  place: SecretPlace;
  version: number;
}

/** A ciphertext with the generation of the data key that opens it. */
export interface SealedValue {
  generation: number;
  sealed: Buffer;
}

/** The key is the one that sealed it, and yet it does not open: it was altered in the database, moved, or put back from an older time. */
export class AlteredSecretError extends Error {
  override readonly name = 'AlteredSecretError';

  constructor(cause: unknown) {
    super('A stored secret does not authenticate: it was altered, moved, or replaced with an older one.', { cause });
  }
}

export function sealValue(key: Buffer, standing: Standing, value: Secret<unknown>): Buffer {
  const plaintext = Buffer.from(JSON.stringify(value.reveal()), 'utf8');
  const sealed = seal(key, plaintext, associatedData(standing));
  plaintext.fill(0);
  return sealed;
}

/** @throws AlteredSecretError */
export function openValue(key: Buffer, standing: Standing, sealed: Buffer): unknown {
  const plaintext = openBytes(key, standing, sealed);
  const value: unknown = JSON.parse(plaintext.toString('utf8'));
  plaintext.fill(0);
  return value;
}

/** Whoever gets them overwrites them when done. @throws AlteredSecretError */
export function openBytes(key: Buffer, standing: Standing, sealed: Buffer): Buffer {
  try {
    return open(key, sealed, associatedData(standing));
  } catch (cause) {
    throw new AlteredSecretError(cause);
  }
}

export function associatedData({ tenantId, place: { kind, rowId, field }, version }: Standing): AssociatedData {
  return ['vault-secret', tenantId, kind, rowId, field, String(version)];
}
