import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { mintToken, Secret } from '#libs/crypto';
import { Database, isUuid, newId, type TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock, type RecentUse } from '#libs/scheduling';
import { PLATFORM } from '#libs/tenants';
import type { AdminKey } from './admin-key.entity.js';

/** Of one tenant, or of those that reach everything: that are good, or may be again once their tenant is enabled. */
const MOST_KEYS = 100;

export interface NewAdminKey {
  name: string;
  readOnly: boolean;
  expiresAt: Date | null;
}

/** As it is shown: without its digest, and with the slug of its tenant; null for one that reaches everything. */
export type ListedAdminKey = Omit<AdminKey, 'digest'> & { slug: string | null };

interface AdminKeyFilter {
  tenantId: TenantId | null;
  /** A uuid: only keys older than this one. */
  before: string | undefined;
  limit: number;
}

const COLUMNS = `held.tenant_id AS "tenantId", held.id, held.name, held.read_only AS "readOnly", held.expires_at AS "expiresAt",
  held.last_used_at AS "lastUsedAt", held.revoked_at AS "revokedAt", held.created_at AS "createdAt",
  CASE WHEN held.tenant_id = '${PLATFORM}' THEN NULL ELSE tenant.slug END AS slug`;

/** Rows of admin keys. Each change is on record: with its tenant, or with the platform where it reaches everything. */
@Injectable()
export class AdminKeyStore {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the key itself, which is known to nobody from then on but the caller
   * @throws Problem conflict when there are as many as there may be
   */
  async create(tenantId: TenantId, key: NewAdminKey, actor: Actor): Promise<{ id: string; secret: Secret<string> }> {
    const { name, readOnly, expiresAt } = key;
    const { token, digest } = mintToken('admin', tenantId);
    const id = newId();
    await this.database.of(tenantId).transaction(async (tx) => {
      // Two at once would each see room for one more.
      await tx.query(`SELECT 1 FROM tenants WHERE id = $1 FOR NO KEY UPDATE`, [tenantId]);
      const rows = await tx.query(
        `INSERT INTO admin_keys (tenant_id, id, digest, name, read_only, expires_at, created_at)
         SELECT $1, $2, $3, $4, $5, $6, $7
          WHERE (SELECT count(*) FROM admin_keys
                  WHERE tenant_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $7)) < $8
         RETURNING id`,
        [tenantId, id, digest, name, readOnly, expiresAt, this.clock.now(), MOST_KEYS],
      );
      if (rows.length === 0)
        throw problem(
          'conflict',
          `${MOST_KEYS} admin keys like this one are good already. Revoke one that nobody uses.`,
        );
      const details = { name, read_only: readOnly, expires_at: expiresAt?.toISOString() ?? null };
      await this.audit.record(tx, tenantId, { actor, action: 'admin_key.created', subject: id, details });
    });
    return { id, secret: new Secret(token) };
  }

  async find(tenantId: TenantId, id: string): Promise<ListedAdminKey | null> {
    const [row] = await this.database.of(tenantId).query<ListedAdminKey>(
      `SELECT ${COLUMNS} FROM admin_keys held JOIN tenants tenant ON tenant.id = held.tenant_id
        WHERE held.tenant_id = $1 AND held.id = $2`,
      [tenantId, id],
    );
    return row ?? null;
  }

  /** Null when there is none that may be used: none at all, a revoked one, or one whose tenant is disabled or deleted. */
  findUsable(tenantId: TenantId, digest: Buffer): Promise<ListedAdminKey | null> {
    return this.#usable(tenantId, 'digest', digest);
  }

  /** As `findUsable`, of one that is known by its id. */
  findUsableById(tenantId: TenantId, id: string): Promise<ListedAdminKey | null> {
    return this.#usable(tenantId, 'id', id);
  }

  /** Newest first; of all tenants where none is named. */
  list({ tenantId, before, limit }: AdminKeyFilter): Promise<ListedAdminKey[]> {
    const scope = tenantId === null ? this.database.overTenants : this.database.of(tenantId);
    return scope.query<ListedAdminKey>(
      `SELECT ${COLUMNS} FROM admin_keys held JOIN tenants tenant ON tenant.id = held.tenant_id
        WHERE ($1::uuid IS NULL OR held.tenant_id = $1) AND ($2::uuid IS NULL OR held.id < $2)
        ORDER BY held.id DESC LIMIT $3`,
      [tenantId, before ?? null, limit],
    );
  }

  /** Across tenants: whose a key is, for who may see all of them. @param id any text */
  async ownerOf(id: string): Promise<TenantId | null> {
    if (!isUuid(id)) return null;
    const [row] = await this.database.overTenants.query<{ tenantId: TenantId }>(
      `SELECT tenant_id AS "tenantId" FROM admin_keys WHERE id = $1`,
      [id],
    );
    return row?.tenantId ?? null;
  }

  /** Once is enough: revoking it again changes nothing. */
  async revoke(tenantId: TenantId, id: string, actor: Actor): Promise<void> {
    await this.database.of(tenantId).transaction(async (tx) => {
      const rows = await tx.query(
        `UPDATE admin_keys SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING id`,
        [tenantId, id, this.clock.now()],
      );
      if (rows.length > 0) await this.audit.record(tx, tenantId, { actor, action: 'admin_key.revoked', subject: id });
    });
  }

  async noteUses(uses: readonly RecentUse[]): Promise<void> {
    await this.database.overTenants.query(
      `UPDATE admin_keys held SET last_used_at = GREATEST(held.last_used_at, noted.last_at)
         FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS noted (tenant_id, id, last_at)
        WHERE held.tenant_id = noted.tenant_id AND held.id = noted.id`,
      [uses.map(({ tenantId }) => tenantId), uses.map(({ name }) => name), uses.map(({ lastAt }) => lastAt)],
    );
  }
  async #usable(tenantId: TenantId, column: 'digest' | 'id', value: Buffer | string): Promise<ListedAdminKey | null> {
    const [row] = await this.database.of(tenantId).query<ListedAdminKey>(
      `SELECT ${COLUMNS} FROM admin_keys held JOIN tenants tenant ON tenant.id = held.tenant_id
        WHERE held.tenant_id = $1 AND held.${column} = $2 AND held.revoked_at IS NULL
          AND tenant.disabled_at IS NULL AND tenant.deleted_at IS NULL`,
      [tenantId, value],
    );
    return row ?? null;
  }
}
