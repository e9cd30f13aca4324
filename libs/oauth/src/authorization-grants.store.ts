import { Injectable } from '@nestjs/common';
import { Database, isUuid, newId, type TenantId, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Denials, MAX_ACCESS_TOKEN_SECONDS } from './denials.js';

/** What was allowed, to whom, by whom. */
export interface GrantFacts {
  clientId: string;
  userId: string;
  scopes: string[];
}

/** A grant that is not revoked, of a user who is not disabled. */
export interface LiveGrant extends GrantFacts {
  id: string;
}

@Injectable()
export class AuthorizationGrants {
  constructor(
    private readonly database: Database,
    private readonly denials: Denials,
    private readonly clock: Clock,
  ) {}

  /** @param lifetimeSeconds until then something must have been issued for it, or it is forgotten */
  async create(
    tenantId: TenantId,
    { clientId, userId, scopes }: GrantFacts,
    lifetimeSeconds: number,
    tx: Transaction,
  ): Promise<string> {
    const id = newId();
    const now = this.clock.now();
    await tx.query(
      `INSERT INTO authorization_grants (tenant_id, id, client_id, user_id, scopes, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [tenantId, id, clientId, userId, scopes, now, secondsAfter(now, lifetimeSeconds)],
    );
    return id;
  }

  /**
   * Holds the grant as it is until the transaction ends. Issue for it only then: a token issued while it is being revoked would outlive it.
   * @returns null when it is revoked, or its user disabled
   */
  async hold(tenantId: TenantId, grantId: string, tx: Transaction): Promise<LiveGrant | null> {
    const [grant] = await tx.query<LiveGrant>(
      `SELECT g.id, g.client_id AS "clientId", g.user_id AS "userId", g.scopes
         FROM authorization_grants g JOIN users u ON u.tenant_id = g.tenant_id AND u.id = g.user_id
        WHERE g.tenant_id = $1 AND g.id = $2 AND g.revoked_at IS NULL AND u.disabled_at IS NULL
          FOR NO KEY UPDATE OF g`,
      [tenantId, grantId],
    );
    return grant ?? null;
  }

  /** @param expiresAt when nothing of it can be alive any more; null while it has a refresh token */
  async keepUntil(tenantId: TenantId, grantId: string, expiresAt: Date | null, tx: Transaction): Promise<void> {
    await tx.query(`UPDATE authorization_grants SET expires_at = $3 WHERE tenant_id = $1 AND id = $2`, [
      tenantId,
      grantId,
      expiresAt,
    ]);
  }

  /** Ends the grant and all that was issued for it, on every process within a second. Once more: nothing happens. */
  async revoke(tenantId: TenantId, grantId: string): Promise<void> {
    if (isUuid(grantId)) await this.database.transaction((tx) => this.end(tenantId, grantId, tx));
  }

  /** As revoke, in the caller's transaction. */
  async end(tenantId: TenantId, grantId: string, tx: Transaction): Promise<void> {
    const ended = await tx.query(
      `UPDATE authorization_grants SET revoked_at = $3, expires_at = $4
        WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING id`,
      [tenantId, grantId, ...this.#endTimes()],
    );
    // Not before the row is ours: what somebody issued while we waited for it is to be denied too.
    if (ended.length > 0) await this.denials.end(tenantId, 'grant', grantId, tx);
  }

  /**
   * Ends every grant of a user, of a client, or of the tenant: their refresh tokens do not expire, so a denial alone would not last. Access
   * tokens are for the caller to deny.
   */
  async endAllOf(
    tenantId: TenantId,
    kind: 'user' | 'client' | 'tenant',
    subject: string,
    tx: Transaction,
  ): Promise<void> {
    const isOf = { user: 'user_id = $2::uuid', client: 'client_id = $2', tenant: 'tenant_id = $2::uuid' }[kind];
    await tx.query(
      `UPDATE authorization_grants SET revoked_at = $3, expires_at = $4
        WHERE tenant_id = $1 AND ${isOf} AND revoked_at IS NULL`,
      [tenantId, subject, ...this.#endTimes()],
    );
  }

  /** Across tenants, with codes and refresh tokens: for the retention loop only. */
  async deleteExpired(): Promise<void> {
    await this.database.query(`DELETE FROM authorization_grants WHERE expires_at < $1`, [this.clock.now()]);
  }

  #endTimes(): [revokedAt: Date, expiresAt: Date] {
    const now = this.clock.now();
    return [now, secondsAfter(now, MAX_ACCESS_TOKEN_SECONDS)];
  }
}
