import type { SecretPlace } from '#libs/vault';

/** Where the vault keeps a connection's credentials. */
export function credentialsPlace(connectionId: string): SecretPlace {
  return { kind: 'connection', rowId: connectionId, field: 'credentials' };
}

/** Of an answer that came too late: forgotten with all of the connection's. */
export function orphanPlace(connectionId: string, orphanId: string): SecretPlace {
  return { kind: 'orphaned-token', rowId: connectionId, field: orphanId };
}

/** Of a connection that is gone: what its third party is still to be told to revoke. */
export function revocationPlace(connectionId: string): SecretPlace {
  return { kind: 'connection', rowId: connectionId, field: 'to_revoke' };
}
