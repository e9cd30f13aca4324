import { Injectable } from '@nestjs/common';
import { Secret, sha256 } from '#libs/crypto';
import type { TenantId, Transaction } from '#libs/database';
import { Vault, type SecretPlace } from '#libs/vault';
import type { Connection } from './connection.entity.js';
import type { Credentials } from './credentials.js';

/**
 * What was last imported into a connection, by its digest: a password's digest is a secret too, so the vault keeps it. A refresh token that
 * was imported once is spent by the first refresh, and importing it again must not put it back.
 */
@Injectable()
export class ImportedCredentials {
  constructor(private readonly vault: Vault) {}

  async remember(tx: Transaction, tenantId: TenantId, id: string, credentials: Secret<Credentials>): Promise<void> {
    await this.vault.put(tenantId, placeOf(id), new Secret(digestOf(credentials)), tx);
  }

  /** Whether they are to replace those that the connection has. */
  async areNewer(
    tx: Transaction,
    row: Connection,
    { credentials, isDated }: { credentials: Secret<Credentials>; isDated: boolean },
  ): Promise<boolean> {
    const value = credentials.reveal();
    if (value.kind === 'oauth2' && isDated && new Date(value.obtainedAt) <= row.lastRefreshedAt) return false;
    const before = await this.vault.get<string>(row.tenantId, placeOf(row.id), tx);
    return before?.value.reveal() !== digestOf(credentials);
  }
}

/** Without the time: where none was given, it is that of the import. */
function digestOf(credentials: Secret<Credentials>): string {
  const value = credentials.reveal();
  const lasting =
    value.kind === 'oauth2' ? [value.accessToken, value.refreshToken, value.scopes] : Object.values(value);
  return sha256(JSON.stringify(lasting)).toString('base64');
}

function placeOf(connectionId: string): SecretPlace {
  return { kind: 'connection', rowId: connectionId, field: 'imported' };
}
