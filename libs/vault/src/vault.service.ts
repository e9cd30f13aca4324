import { Injectable } from '@nestjs/common';
import { Secret, open, seal, type AssociatedData } from '#libs/crypto';
import { Database, type Queryable, type TenantId } from '#libs/database';
import { DataKeys, type WrappedKeyRow } from './data-keys.js';

/** Whose secret it is: the kind of row, the row, and the field of it. Part of the associated data, so a ciphertext opens nowhere else. */
export interface SecretPlace {
  kind: 'tenant-app' | 'signing-key' | 'sealing-key' | 'connection' | 'connect-attempt' | 'run';
  rowId: string;
  field: string;
}

interface SealedRow extends WrappedKeyRow {
  version: number;
  sealed: Buffer;
}

/**
 * Secrets of tenants, sealed with AES-256-GCM under the tenant's data key. It stores JSON values and knows nothing of what they mean.
 * Every method takes part in the caller's transaction when given one.
 */
@Injectable()
export class Vault {
  constructor(
    private readonly database: Database,
    private readonly dataKeys: DataKeys,
  ) {}

  /** Stores a value, replacing whatever stood there. For values that have one writer. */
  async put(
    tenantId: TenantId,
    place: SecretPlace,
    value: Secret<unknown>,
    tx: Queryable = this.database,
  ): Promise<void> {
    for (;;) {
      const held = await this.#row(tenantId, place, tx);
      const stored = held
        ? await this.replace(tenantId, place, value, held.version, tx)
        : await this.#insert(tenantId, place, value, tx);
      if (stored) return;
    }
  }

  /**
   * Replaces the value of `version`, and no other.
   * @returns false when that version is no longer the one that stands there: someone else stored a newer value
   */
  async replace(
    tenantId: TenantId,
    place: SecretPlace,
    value: Secret<unknown>,
    version: number,
    tx: Queryable = this.database,
  ): Promise<boolean> {
    const { generation, sealed } = await this.#seal(tenantId, place, value, version + 1, tx);
    const rows = await tx.query(
      `UPDATE vault_secrets SET version = $5 + 1, generation = $6, sealed = $7
        WHERE tenant_id = $1 AND kind = $2 AND row_id = $3 AND field = $4 AND version = $5
        RETURNING version`,
      [tenantId, place.kind, place.rowId, place.field, version, generation, sealed],
    );
    return rows.length === 1;
  }

  /** @returns null when nothing stands there */
  async get<T>(
    tenantId: TenantId,
    place: SecretPlace,
    tx: Queryable = this.database,
  ): Promise<{ value: Secret<T>; version: number } | null> {
    const row = await this.#row(tenantId, place, tx);
    if (!row) return null;
    const key = await this.dataKeys.unwrap(tenantId, row);
    const plaintext = open(key, row.sealed, associatedData(tenantId, place, row.version));
    return { value: new Secret(JSON.parse(plaintext.toString('utf8')) as T), version: row.version };
  }

  /** Deletes every field of a row's secrets. */
  async forget(
    tenantId: TenantId,
    { kind, rowId }: Omit<SecretPlace, 'field'>,
    tx: Queryable = this.database,
  ): Promise<void> {
    await tx.query(`DELETE FROM vault_secrets WHERE tenant_id = $1 AND kind = $2 AND row_id = $3`, [
      tenantId,
      kind,
      rowId,
    ]);
  }

  async #insert(tenantId: TenantId, place: SecretPlace, value: Secret<unknown>, tx: Queryable): Promise<boolean> {
    const { generation, sealed } = await this.#seal(tenantId, place, value, 1, tx);
    const rows = await tx.query(
      `INSERT INTO vault_secrets (tenant_id, kind, row_id, field, version, generation, sealed)
       VALUES ($1, $2, $3, $4, 1, $5, $6) ON CONFLICT (tenant_id, kind, row_id, field) DO NOTHING RETURNING version`,
      [tenantId, place.kind, place.rowId, place.field, generation, sealed],
    );
    return rows.length === 1;
  }

  async #seal(tenantId: TenantId, place: SecretPlace, value: Secret<unknown>, version: number, tx: Queryable) {
    const { generation, key } = await this.dataKeys.current(tx, tenantId);
    const plaintext = Buffer.from(JSON.stringify(value.reveal()), 'utf8');
    return { generation, sealed: seal(key, plaintext, associatedData(tenantId, place, version)) };
  }

  async #row(tenantId: TenantId, place: SecretPlace, tx: Queryable): Promise<SealedRow | undefined> {
    const [row] = await tx.query<SealedRow>(
      `SELECT secret.version, secret.sealed, secret.generation, data_key.key_id, data_key.wrapped
         FROM vault_secrets secret
         JOIN data_keys data_key ON data_key.tenant_id = secret.tenant_id AND data_key.generation = secret.generation
        WHERE secret.tenant_id = $1 AND secret.kind = $2 AND secret.row_id = $3 AND secret.field = $4`,
      [tenantId, place.kind, place.rowId, place.field],
    );
    return row;
  }
}

function associatedData(tenantId: TenantId, { kind, rowId, field }: SecretPlace, version: number): AssociatedData {
  return ['vault-secret', tenantId, kind, rowId, field, String(version)];
}
