import { Injectable } from '@nestjs/common';
import { Database, isUuid, newId, type TenantId, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { isNotOver } from './authorization-ends.store.js';
import { Consents } from './consents.store.js';
import { Denials, MAX_ACCESS_TOKEN_SECONDS } from './denials.js';
import type { GrantFacts, LiveGrant } from './grant-facts.js';

/** The condition that a grant `g` of a user `u` is live. */
export const IS_LIVE = `g.revoked_at IS NULL AND u.disabled_at IS NULL AND ${isNotOver('g', 'created_at')}`;

@Injectable()
export class AuthorizationGrants {
  constructor(
    private readonly database: Database,
    private readonly denials: Denials,
    private readonly consents: Consents,
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
    await tx.query(
      `INSERT INTO authorization_grants (tenant_id, id, client_id, user_id, scopes, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        tenantId,
        id,
        clientId,
        userId,
        scopes,
        this.denials.timeOfIssue(tenantId, clientId, userId),
        secondsAfter(this.clock.now(), lifetimeSeconds),
      ],
    );
    return id;
  }

  /**
   * Holds the grant as it is until the transaction ends. Issue for it only then: a token issued while it is being revoked would outlive it.
   * @returns null when it is revoked or over, or its user disabled
   */
  async hold(tenantId: TenantId, grantId: string, tx: Transaction): Promise<LiveGrant | null> {
    const [grant] = await tx.query<LiveGrant>(
      `SELECT g.id, g.client_id AS "clientId", g.user_id AS "userId", g.scopes
         FROM authorization_grants g JOIN users u ON u.tenant_id = g.tenant_id AND u.id = g.user_id
        WHERE g.tenant_id = $1 AND g.id = $2 AND ${IS_LIVE}
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

  /**
   * Ends the grant and all that was issued for it, on every process within a second; the user is asked again. Once more: nothing happens.
   */
  async revoke(tenantId: TenantId, grantId: string): Promise<void> {
    if (!isUuid(grantId)) return;
    await this.database.of(tenantId).transaction(async (tx) => {
      const ended = await this.end(tenantId, grantId, tx);
      if (ended) await this.consents.withdraw(tenantId, ended.userId, ended.clientId, tx);
    });
  }

  /**
   * Ends the grant and all that was issued for it, in the caller's transaction. What the user allowed is remembered.
   * @returns null when it had ended before
   */
  async end(
    tenantId: TenantId,
    grantId: string,
    tx: Transaction,
  ): Promise<Pick<GrantFacts, 'clientId' | 'userId'> | null> {
    const now = this.clock.now();
    const lastExpiresAt = secondsAfter(now, MAX_ACCESS_TOKEN_SECONDS);
    const [ended] = await tx.query<Pick<GrantFacts, 'clientId' | 'userId'>>(
      `UPDATE authorization_grants SET revoked_at = $3, expires_at = $4
        WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING client_id AS "clientId", user_id AS "userId"`,
      [tenantId, grantId, now, lastExpiresAt],
    );
    if (ended) await this.denials.end(tenantId, 'grant', grantId, lastExpiresAt, tx);
    return ended ?? null;
  }

  /** Across tenants, with codes and refresh tokens: for the retention loop only. */
  async deleteExpired(limit: number): Promise<number> {
    const rows = await this.database.overTenants.query(
      `DELETE FROM authorization_grants WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM authorization_grants WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1`,
      [this.clock.now(), limit],
    );
    return rows.length;
  }
}
