import { Injectable } from '@nestjs/common';
import { KeyringError, type Secret } from '#libs/crypto';
import { Database, type Queryable, type TenantId } from '#libs/database';
import type { WrappedKey } from './data-keys.store.js';
import { SecretOpening, type SealedRow } from './secret-opening.js';
import { AlteredSecretError, type SecretPlace, type Standing } from './secret-place.js';
import { standingOf, type SelectedSecret } from './secret-selection.js';
import { TenantSeals } from './tenant-seal.js';

/** What stands at one of several places: as `get` answers it, or why it does not open. */
export type HeldSecret<T> = { value: Secret<T>; version: number } | AlteredSecretError | KeyringError;

/** What the vault does with the same field of several rows, in one statement each. */
@Injectable()
export class SecretBatches {
  constructor(
    private readonly database: Database,
    private readonly opening: SecretOpening,
    private readonly seals: TenantSeals,
  ) {}

  /** As `Vault.get`. One that does not open says so of itself, and keeps none of the others from the caller. */
  async get<T>(
    tenantId: TenantId,
    { kind, field }: Omit<SecretPlace, 'rowId'>,
    rowIds: readonly string[],
    tx: Queryable = this.database.of(tenantId),
  ): Promise<Map<string, HeldSecret<T>>> {
    const rows = await tx.query<SealedRow & { rowId: string }>(
      `SELECT secret.row_id AS "rowId", secret.version, secret.sealed, secret.generation, data_key.key_id AS "keyId", data_key.wrapped
         FROM vault_secrets secret
         JOIN data_keys data_key ON data_key.tenant_id = secret.tenant_id AND data_key.generation = secret.generation
        WHERE secret.tenant_id = $1 AND secret.kind = $2 AND secret.row_id = ANY ($4) AND secret.field = $3
          AND data_key.wrapped IS NOT NULL`,
      [tenantId, kind, field, rowIds],
    );
    const opened = rows.map(async ({ rowId, version, sealed, ...key }): Promise<[string, HeldSecret<T>]> => {
      return [rowId, await this.#held<T>({ tenantId, place: { kind, rowId, field }, version }, key, sealed)];
    });
    return new Map(await Promise.all(opened));
  }

  /** As `get`, of what `secretSelection` brought along with the row. @returns null where nothing stands */
  async openSelected<T>(
    tenantId: TenantId,
    place: SecretPlace,
    selected: SelectedSecret,
  ): Promise<HeldSecret<T> | null> {
    const standing = standingOf(selected);
    return standing && this.#held<T>({ tenantId, place, version: standing.version }, standing, standing.sealed);
  }

  async #held<T>(standing: Standing, key: WrappedKey, sealed: Buffer): Promise<HeldSecret<T>> {
    try {
      return { value: await this.opening.open<T>(standing, key, sealed), version: standing.version };
    } catch (error) {
      if (error instanceof AlteredSecretError || error instanceof KeyringError) return error;
      throw error;
    }
  }

  /** First values, where none stands yet. */
  async putNew(
    tenantId: TenantId,
    { kind, field }: Omit<SecretPlace, 'rowId'>,
    values: readonly { rowId: string; value: Secret<unknown> }[],
    tx: Queryable = this.database.of(tenantId),
  ): Promise<void> {
    if (values.length === 0) return;
    using held = await this.seals.of(tenantId, tx);
    const sealed = values.map(({ rowId, value }) => held.seal({ kind, rowId, field }, 1, value));
    await tx.query(
      `INSERT INTO vault_secrets (tenant_id, kind, row_id, field, version, generation, sealed)
       SELECT $1, $2, made.row_id, $3, 1, made.generation, made.sealed
         FROM unnest($4::text[], $5::integer[], $6::bytea[]) AS made (row_id, generation, sealed)`,
      [
        tenantId,
        kind,
        field,
        values.map(({ rowId }) => rowId),
        sealed.map(({ generation }) => generation),
        sealed.map(({ sealed: bytes }) => bytes),
      ],
    );
  }

  /** All secrets of these rows. */
  async forget(
    tenantId: TenantId,
    kind: SecretPlace['kind'],
    rowIds: readonly string[],
    tx: Queryable = this.database.of(tenantId),
  ): Promise<void> {
    await tx.query(`DELETE FROM vault_secrets WHERE tenant_id = $1 AND kind = $2 AND row_id = ANY ($3)`, [
      tenantId,
      kind,
      rowIds,
    ]);
  }
}
