import { Injectable } from '@nestjs/common';
import { sha256 } from '#libs/crypto';
import { Database, type TenantId } from '#libs/database';
import { Clock } from '#libs/scheduling';

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
    const rows = await this.database.query(
      `INSERT INTO jti_uses (tenant_id, digest, expires_at) VALUES ($1, $2, $3)
       ON CONFLICT (tenant_id, digest) DO NOTHING RETURNING tenant_id`,
      [tenantId, sha256(JSON.stringify([jti, requestedType])), expiresAt],
    );
    return rows.length === 1;
  }

  /** Across tenants: for the retention loop only. */
  async deleteExpired(): Promise<void> {
    await this.database.query(`DELETE FROM jti_uses WHERE expires_at < $1`, [this.clock.now()]);
  }
}
