import { Injectable } from '@nestjs/common';
import type { Secret } from '#libs/crypto';
import { Database, type Queryable, type TenantId } from '#libs/database';
import { DataKeys } from './data-keys.js';
import { DataKeyStore } from './data-keys.store.js';
import { SecretBatches } from './secret-batches.js';
import { SecretOpening, type SealedRow } from './secret-opening.js';
import { sealValue, type SealedValue, type SecretPlace, type Standing } from './secret-place.js';
import { standingOf, type SelectedSecret } from './secret-selection.js';
import type { NewSecret } from './secret-statements.js';
import { TenantSeals, type TenantSeal } from './tenant-seal.js';

/**
 * Secrets of tenants, sealed with AES-256-GCM under the tenant's data key. It stores JSON values and knows nothing of what they mean.
 * Every method takes part in the caller's transaction when given one.
 */
@Injectable()
export class Vault {
  constructor(
    private readonly database: Database,
    private readonly dataKeys: DataKeys,
    private readonly store: DataKeyStore,
    private readonly opening: SecretOpening,
    private readonly seals: TenantSeals,
    /** The same of several rows at once. */
    readonly many: SecretBatches,
  ) {}

  /** Stores a value, replacing whatever stood there. For values that have one writer. */
  async put(
    tenantId: TenantId,
    place: SecretPlace,
    value: Secret<unknown>,
    tx: Queryable = this.database.of(tenantId),
  ): Promise<void> {
    for (;;) {
      const version = await this.#version(tenantId, place, tx);
      const stored =
        version === undefined
          ? await this.#insert(tenantId, place, value, tx)
          : await this.replace(tenantId, place, value, version, tx);
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
    tx: Queryable = this.database.of(tenantId),
  ): Promise<boolean> {
    const sealed = await this.#seal({ tenantId, place, version: version + 1 }, value, tx);
    return this.replaceSealed(tenantId, place, sealed, version, tx);
  }

  /** As `replace`, with a value that was sealed for `version + 1` before. */
  async replaceSealed(
    tenantId: TenantId,
    place: SecretPlace,
    { generation, sealed }: SealedValue,
    version: number,
    tx: Queryable = this.database.of(tenantId),
  ): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE vault_secrets SET version = $5 + 1, generation = $6, sealed = $7
        WHERE tenant_id = $1 AND kind = $2 AND row_id = $3 AND field = $4 AND version = $5
        RETURNING version`,
      [tenantId, place.kind, place.rowId, place.field, version, generation, sealed],
    );
    return rows.length === 1;
  }

  /** The caller disposes of it. What it seals can be stored for a day: so long an old data key is kept at least. */
  sealFor(tenantId: TenantId, tx: Queryable = this.database.of(tenantId)): Promise<TenantSeal> {
    return this.seals.of(tenantId, tx);
  }

  /** @returns null when the data key that sealed it is gone */
  async openSealed<T>(
    tenantId: TenantId,
    place: SecretPlace,
    version: number,
    { generation, sealed }: SealedValue,
    tx: Queryable = this.database.of(tenantId),
  ): Promise<Secret<T> | null> {
    const key = await this.store.find(tx, tenantId, generation);
    return key ? this.opening.open<T>({ tenantId, place, version }, key, sealed) : null;
  }

  /** @returns null when nothing stands there, or when its data key was destroyed */
  async get<T>(
    tenantId: TenantId,
    place: SecretPlace,
    tx: Queryable = this.database.of(tenantId),
  ): Promise<{ value: Secret<T>; version: number } | null> {
    const [row] = await tx.query<SealedRow>(
      `SELECT secret.version, secret.sealed, secret.generation, data_key.key_id AS "keyId", data_key.wrapped
         FROM vault_secrets secret
         JOIN data_keys data_key ON data_key.tenant_id = secret.tenant_id AND data_key.generation = secret.generation
        WHERE secret.tenant_id = $1 AND secret.kind = $2 AND secret.row_id = $3 AND secret.field = $4
          AND data_key.wrapped IS NOT NULL`,
      [tenantId, place.kind, place.rowId, place.field],
    );
    if (!row) return null;
    const { version, sealed } = row;
    return { value: await this.opening.open<T>({ tenantId, place, version }, row, sealed), version };
  }

  /** As `get`, of what was read with `secretSelection`. */
  async openSelected<T>(tenantId: TenantId, place: SecretPlace, selected: SelectedSecret): Promise<Secret<T> | null> {
    const standing = standingOf(selected);
    if (!standing) return null;
    return this.opening.open<T>({ tenantId, place, version: standing.version }, standing, standing.sealed);
  }

  /** Deletes a row's secrets, or one field of them. */
  async forget(
    tenantId: TenantId,
    { kind, rowId, field }: Omit<SecretPlace, 'field'> & { field?: string },
    tx: Queryable = this.database.of(tenantId),
  ): Promise<void> {
    await tx.query(
      `DELETE FROM vault_secrets WHERE tenant_id = $1 AND kind = $2 AND row_id = $3 AND ($4::text IS NULL OR field = $4)`,
      [tenantId, kind, rowId, field ?? null],
    );
  }

  /** A value where none stands yet, for `secretInsertion`. */
  async sealNew(tenantId: TenantId, place: SecretPlace, value: Secret<unknown>): Promise<NewSecret> {
    return {
      tenantId,
      place,
      ...(await this.#seal({ tenantId, place, version: 1 }, value, this.database.of(tenantId))),
    };
  }

  async #insert(tenantId: TenantId, place: SecretPlace, value: Secret<unknown>, tx: Queryable): Promise<boolean> {
    const { generation, sealed } = await this.#seal({ tenantId, place, version: 1 }, value, tx);
    const rows = await tx.query(
      `INSERT INTO vault_secrets (tenant_id, kind, row_id, field, version, generation, sealed)
       VALUES ($1, $2, $3, $4, 1, $5, $6) ON CONFLICT (tenant_id, kind, row_id, field) DO NOTHING RETURNING version`,
      [tenantId, place.kind, place.rowId, place.field, generation, sealed],
    );
    return rows.length === 1;
  }

  #seal(standing: Standing, value: Secret<unknown>, tx: Queryable): Promise<SealedValue> {
    return this.dataKeys.seal(standing.tenantId, tx, (key, generation) => ({
      generation,
      sealed: sealValue(key, standing, value),
    }));
  }

  async #version(tenantId: TenantId, place: SecretPlace, tx: Queryable): Promise<number | undefined> {
    const [row] = await tx.query<{ version: number }>(
      `SELECT version FROM vault_secrets WHERE tenant_id = $1 AND kind = $2 AND row_id = $3 AND field = $4`,
      [tenantId, place.kind, place.rowId, place.field],
    );
    return row?.version;
  }
}
