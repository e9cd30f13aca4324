import type { SecretPlace } from '#libs/vault';

/** What the vault calls a connection's credentials. */
export const CREDENTIALS = { kind: 'connection', field: 'credentials' } as const;

/** Where the vault keeps them. */
export function credentialsPlace(connectionId: string): SecretPlace {
  return { ...CREDENTIALS, rowId: connectionId };
}

/** Of an answer that came too late: forgotten with all of the connection's. */
export function orphanPlace(connectionId: string, orphanId: string): SecretPlace {
  return { kind: 'orphaned-token', rowId: connectionId, field: orphanId };
}

/** What the vault calls that which is still to be revoked. */
export const TO_REVOKE = { kind: 'connection', field: 'to_revoke' } as const;

/** Of a connection that is gone: what its third party is still to be told to revoke. */
export function revocationPlace(connectionId: string): SecretPlace {
  return { ...TO_REVOKE, rowId: connectionId };
}
