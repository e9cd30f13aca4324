import { Injectable } from '@nestjs/common';
import { KeyringError, seal } from '#libs/crypto';
import type { TenantId, Transaction } from '#libs/database';
import { DataKeys } from './data-keys.js';
import type { WrappedKey } from './data-keys.store.js';
import { AlteredSecretError, associatedData, openBytes, type SealedValue, type SecretPlace } from './secret-place.js';

const SECRETS_AT_ONCE = 500;

export interface StoredSecret extends SealedValue {
  place: SecretPlace;
  version: number;
}

type Moved = StoredSecret & { anew: Buffer };

/** Seals stored secrets anew, under a newer data key of their tenant. The values stay what they are, and so do their versions. */
@Injectable()
export class Reencryption {
  constructor(private readonly dataKeys: DataKeys) {}

  /** The secrets behind a place, in their order. */
  async page(tenantId: TenantId, after: readonly string[] | null, tx: Transaction): Promise<StoredSecret[]> {
    const rows = await tx.query<SecretPlace & Omit<StoredSecret, 'place'>>(
      `SELECT kind, row_id AS "rowId", field, version, generation, sealed FROM vault_secrets
        WHERE tenant_id = $1 AND (kind, row_id, field) > ($2, $3, $4)
        ORDER BY kind, row_id, field LIMIT $5`,
      [tenantId, ...(after ?? ['', '', '']), SECRETS_AT_ONCE],
    );
    return rows.map(({ kind, rowId, field, ...sealed }) => ({ place: { kind, rowId, field }, ...sealed }));
  }

  /** How many are sealed under an older key. */
  async left(tenantId: TenantId, generation: number, tx: Transaction): Promise<number> {
    const [row] = await tx.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM vault_secrets WHERE tenant_id = $1 AND generation < $2`,
      [tenantId, generation],
    );
    return row?.count ?? 0;
  }

  /** @returns how many could not be opened: they stay as they are */
  async seal(
    tenantId: TenantId,
    generation: number,
    secrets: readonly StoredSecret[],
    keys: readonly WrappedKey[],
    tx: Transaction,
  ): Promise<number> {
    const key = keys.find((candidate) => candidate.generation === generation);
    if (!key) throw new Error('The data key to seal under is gone.');
    const older = secrets.filter((secret) => secret.generation < generation);
    const moved: Moved[] = [];
    for (const secret of older) {
      const anew = await this.#anew(tenantId, secret, keys, key);
      if (anew) moved.push({ ...secret, anew });
    }
    if (moved.length > 0) await this.#store(tenantId, generation, moved, tx);
    return older.length - moved.length;
  }

  async #anew(
    tenantId: TenantId,
    { place, version, generation, sealed }: StoredSecret,
    keys: readonly WrappedKey[],
    newKey: WrappedKey,
  ): Promise<Buffer | null> {
    const oldKey = keys.find((candidate) => candidate.generation === generation);
    if (!oldKey) return null;
    const standing = { tenantId, place, version };
    try {
      const plaintext = await this.dataKeys.use(tenantId, oldKey, (key) => openBytes(key, standing, sealed));
      const anew = await this.dataKeys.use(tenantId, newKey, (key) => seal(key, plaintext, associatedData(standing)));
      plaintext.fill(0);
      return anew;
    } catch (error) {
      if (error instanceof AlteredSecretError || error instanceof KeyringError) return null;
      throw error;
    }
  }

  /** Only where the very ciphertext stands that was read: a newer value is never written over, nor waited for. */
  async #store(tenantId: TenantId, generation: number, moved: readonly Moved[], tx: Transaction): Promise<void> {
    this.dataKeys.countSeals(tenantId, generation, moved.length);
    await tx.query(
      `WITH unchanged AS (
         SELECT secret.kind, secret.row_id, secret.field, moved.anew
           FROM unnest($3::text[], $4::text[], $5::text[], $6::integer[], $7::bytea[], $8::bytea[])
                AS moved (kind, row_id, field, version, sealed, anew)
           JOIN vault_secrets secret
             ON secret.tenant_id = $1 AND secret.kind = moved.kind AND secret.row_id = moved.row_id AND secret.field = moved.field
          WHERE secret.version = moved.version AND secret.sealed = moved.sealed
            FOR UPDATE OF secret SKIP LOCKED)
       UPDATE vault_secrets secret SET generation = $2, sealed = unchanged.anew FROM unchanged
        WHERE secret.tenant_id = $1 AND secret.kind = unchanged.kind AND secret.row_id = unchanged.row_id AND secret.field = unchanged.field`,
      [
        tenantId,
        generation,
        moved.map(({ place }) => place.kind),
        moved.map(({ place }) => place.rowId),
        moved.map(({ place }) => place.field),
        moved.map(({ version }) => version),
        moved.map(({ sealed }) => sealed),
        moved.map(({ anew }) => anew),
      ],
    );
  }
}
