import { Injectable } from '@nestjs/common';
import { Database, type Queryable, type TenantId } from '#libs/database';
import type { SealCount } from './seal-counts.js';

export interface WrappedKey {
  generation: number;
  keyId: string;
  wrapped: Buffer;
}

export interface KeyOfTenant extends WrappedKey {
  tenantId: TenantId;
}

/** A key of the ring that data keys are wrapped under. */
export interface KeyInUse {
  keyId: string;
  dataKeys: number;
  samples: KeyOfTenant[];
}

const COLUMNS = `generation, key_id AS "keyId", wrapped`;
/** For each key of the ring: one that was altered must not pass for a wrong key of the ring. */
const SAMPLES = 3;

/** Rows of data keys. One whose `wrapped` is null was destroyed: here it is as if it were not there. */
@Injectable()
export class DataKeyStore {
  constructor(private readonly database: Database) {}

  async newest(database: Queryable, tenantId: TenantId): Promise<WrappedKey | undefined> {
    const [row] = await database.query<WrappedKey>(
      `SELECT ${COLUMNS} FROM data_keys WHERE tenant_id = $1 AND wrapped IS NOT NULL ORDER BY generation DESC LIMIT 1`,
      [tenantId],
    );
    return row;
  }

  async find(database: Queryable, tenantId: TenantId, generation: number): Promise<WrappedKey | undefined> {
    const [row] = await database.query<WrappedKey>(
      `SELECT ${COLUMNS} FROM data_keys WHERE tenant_id = $1 AND generation = $2 AND wrapped IS NOT NULL`,
      [tenantId, generation],
    );
    return row;
  }

  /** Oldest first. */
  list(database: Queryable, tenantId: TenantId): Promise<(WrappedKey & { createdAt: Date })[]> {
    return database.query(
      `SELECT ${COLUMNS}, created_at AS "createdAt" FROM data_keys WHERE tenant_id = $1 AND wrapped IS NOT NULL ORDER BY generation`,
      [tenantId],
    );
  }

  /**
   * By whichever process comes first. It waits for a deletion of the tenant that is under way: no key may be made behind that one's back.
   * @returns false when there is one already, or no such tenant any more
   */
  async insert(
    database: Queryable,
    tenantId: TenantId,
    { generation, keyId, wrapped }: WrappedKey,
    createdAt: Date,
  ): Promise<boolean> {
    const rows = await database.query(
      `WITH alive AS (SELECT id FROM tenants WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE)
       INSERT INTO data_keys (tenant_id, generation, key_id, wrapped, created_at)
       SELECT id, $2::integer, $3::text, $4::bytea, $5::timestamptz FROM alive
       ON CONFLICT (tenant_id, generation) DO NOTHING RETURNING generation`,
      [tenantId, generation, keyId, wrapped, createdAt],
    );
    return rows.length > 0;
  }

  /** Of these tenants: those that another key of the ring wraps. */
  wrappedOtherwise(tenantIds: readonly TenantId[], keyId: string, database: Queryable): Promise<KeyOfTenant[]> {
    return database.query(
      `SELECT tenant_id AS "tenantId", ${COLUMNS} FROM data_keys
        WHERE tenant_id = ANY ($1::uuid[]) AND wrapped IS NOT NULL AND key_id <> $2`,
      [tenantIds, keyId],
    );
  }

  /** Only where the very bytes stand that were read, and nobody is writing. */
  async rewrap(moved: readonly { before: KeyOfTenant; anew: KeyOfTenant }[], database: Queryable): Promise<void> {
    await database.query(
      `WITH unchanged AS (
         SELECT key.tenant_id, key.generation, moved.key_id, moved.anew
           FROM unnest($1::uuid[], $2::integer[], $3::bytea[], $4::text[], $5::bytea[])
                AS moved (tenant_id, generation, wrapped, key_id, anew)
           JOIN data_keys key ON key.tenant_id = moved.tenant_id AND key.generation = moved.generation
          WHERE key.wrapped = moved.wrapped
            FOR NO KEY UPDATE OF key SKIP LOCKED)
       UPDATE data_keys key SET key_id = unchanged.key_id, wrapped = unchanged.anew FROM unchanged
        WHERE key.tenant_id = unchanged.tenant_id AND key.generation = unchanged.generation`,
      [
        moved.map(({ before }) => before.tenantId),
        moved.map(({ before }) => before.generation),
        moved.map(({ before }) => before.wrapped),
        moved.map(({ anew }) => anew.keyId),
        moved.map(({ anew }) => anew.wrapped),
      ],
    );
  }

  /** The rows stay until the secrets that refer to them are gone too: what they hold is nothing any more. */
  async destroyAll(database: Queryable, tenantId: TenantId): Promise<void> {
    await database.query(`UPDATE data_keys SET wrapped = NULL WHERE tenant_id = $1`, [tenantId]);
  }

  /** Across tenants: for the start and for the operator. */
  async keysInUse(): Promise<KeyInUse[]> {
    const rows = await this.database.overTenants.query<KeyOfTenant & { dataKeys: number }>(
      `SELECT tenant_id AS "tenantId", ${COLUMNS}, data_keys AS "dataKeys"
         FROM (SELECT *, count(*) OVER (PARTITION BY key_id)::integer AS data_keys,
                      row_number() OVER (PARTITION BY key_id ORDER BY tenant_id, generation) AS rank
                 FROM data_keys WHERE wrapped IS NOT NULL) AS ranked
        WHERE rank <= $1 ORDER BY key_id, rank`,
      [SAMPLES],
    );
    const inUse = new Map<string, KeyInUse>();
    for (const { dataKeys, ...sample } of rows) {
      const { keyId } = sample;
      const known = inUse.get(keyId);
      if (known) known.samples.push(sample);
      else inUse.set(keyId, { keyId, dataKeys, samples: [sample] });
    }
    return [...inUse.values()];
  }

  /** Across tenants: those whose newest key is too old or has sealed too much. A hint of where to look. */
  due(createdBefore: Date, sealsMost: number, limit: number): Promise<{ tenantId: TenantId; generation: number }[]> {
    return this.database.overTenants.query(
      `SELECT tenant_id AS "tenantId", generation FROM data_keys newest
        WHERE wrapped IS NOT NULL AND (created_at <= $1 OR seals >= $2::bigint)
          AND NOT EXISTS (SELECT 1 FROM data_keys later WHERE later.tenant_id = newest.tenant_id AND later.generation > newest.generation)
        ORDER BY created_at LIMIT $3`,
      [createdBefore, sealsMost, limit],
    );
  }

  /** Across tenants: old keys that nothing refers to, with a successor since before `supersededBefore`. A hint of where to look. */
  unneeded(supersededBefore: Date, limit: number): Promise<{ tenantId: TenantId; generation: number }[]> {
    return this.database.overTenants.query(
      `SELECT old.tenant_id AS "tenantId", old.generation FROM data_keys old
        WHERE EXISTS (SELECT 1 FROM data_keys later
                       WHERE later.tenant_id = old.tenant_id AND later.generation > old.generation AND later.created_at <= $1)
          AND NOT EXISTS (SELECT 1 FROM vault_secrets secret
                           WHERE secret.tenant_id = old.tenant_id AND secret.generation = old.generation)
        LIMIT $2`,
      [supersededBefore, limit],
    );
  }

  /** A secret that came to refer to it meanwhile keeps it: the foreign key says so. */
  async delete(tenantId: TenantId, generation: number): Promise<void> {
    await this.database.of(tenantId).query(
      `DELETE FROM data_keys WHERE tenant_id = $1 AND generation = $2
          AND NOT EXISTS (SELECT 1 FROM vault_secrets WHERE tenant_id = $1 AND generation = $2)`,
      [tenantId, generation],
    );
  }

  /** One statement for the keys of all tenants. Processes may write their counts in any order. */
  async addSeals(counts: readonly SealCount[]): Promise<void> {
    await this.database.overTenants.query(
      `UPDATE data_keys AS key SET seals = key.seals + noted.seals
         FROM (SELECT held.tenant_id, held.generation, counted.seals
                 FROM data_keys AS held
                 JOIN unnest($1::uuid[], $2::integer[], $3::bigint[]) AS counted (tenant_id, generation, seals)
                USING (tenant_id, generation)
                ORDER BY held.tenant_id, held.generation FOR NO KEY UPDATE OF held) AS noted
        WHERE key.tenant_id = noted.tenant_id AND key.generation = noted.generation`,
      [
        counts.map(({ tenantId }) => tenantId),
        counts.map(({ generation }) => generation),
        counts.map(({ seals }) => seals),
      ],
    );
  }
}
