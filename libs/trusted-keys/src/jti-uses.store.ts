import { Injectable } from '@nestjs/common';
import { sha256 } from '#libs/crypto';
import { Database, type TenantId } from '#libs/database';
import { Clock } from '#libs/scheduling';

/** Above every byte of a token type's name. */
const AFTER_EVERY_TYPE = Buffer.from([0xff]);

@Injectable()
export class JtiUses {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Uses up a `jti` for one requested token type, over all processes.
   * @returns false when it was used before
   */
  async use(tenantId: TenantId, jti: string, requestedType: string, expiresAt: Date): Promise<boolean> {
    const rows = await this.database.of(tenantId).query(
      `INSERT INTO jti_uses (tenant_id, digest, expires_at) VALUES ($1, $2, $3)
       ON CONFLICT (tenant_id, digest) DO NOTHING RETURNING tenant_id`,
      [tenantId, Buffer.concat([digestOf(jti), Buffer.from(requestedType)]), expiresAt],
    );
    return rows.length === 1;
  }

  /** The token types that a `jti` was used for. */
  async typesOf(tenantId: TenantId, jti: string): Promise<string[]> {
    const digest = digestOf(jti);
    const rows = await this.database
      .of(tenantId)
      .query<{ digest: Buffer }>(
        `SELECT digest FROM jti_uses WHERE tenant_id = $1 AND digest >= $2 AND digest < $3 ORDER BY digest`,
        [tenantId, digest, Buffer.concat([digest, AFTER_EVERY_TYPE])],
      );
    return rows.map((row) => row.digest.subarray(digest.length).toString());
  }

  /** Across tenants: for the retention loop only. */
  async deleteExpired(): Promise<void> {
    await this.database.overTenants.query(`DELETE FROM jti_uses WHERE expires_at < $1`, [this.clock.now()]);
  }
}

/** As JSON: half a surrogate pair has no bytes of its own in UTF-8, and two such jti are still two. */
function digestOf(jti: string): Buffer {
  return sha256(JSON.stringify(jti));
}
