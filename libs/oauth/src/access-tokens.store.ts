import { Injectable } from '@nestjs/common';
import { Secret, mintToken, readToken } from '#libs/crypto';
import { Database, asTenantId, type TenantId } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import type { AccessTokenKind } from './access-token.entity.js';

/** Who a bearer token speaks for, and what it may do. */
export interface Bearer {
  tenantId: TenantId;
  kind: AccessTokenKind;
  clientId: string;
  userId: string;
  scopes: string[];
  origin: string | null;
  expiresAt: Date;
}

@Injectable()
export class AccessTokens {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async issue(
    bearer: Omit<Bearer, 'expiresAt'>,
    lifetimeSeconds: number,
  ): Promise<{ token: Secret<string>; expiresAt: Date }> {
    const { tenantId, kind, clientId, userId, scopes, origin } = bearer;
    const { token, digest } = mintToken(kind, tenantId);
    const expiresAt = secondsAfter(this.clock.now(), lifetimeSeconds);
    await this.database.query(
      `INSERT INTO access_tokens (tenant_id, digest, kind, client_id, user_id, scopes, origin, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [tenantId, digest, kind, clientId, userId, scopes, origin, expiresAt],
    );
    return { token: new Secret(token), expiresAt };
  }

  /** @returns null for anything but a live access or browser token of ours */
  async find(token: string): Promise<Bearer | null> {
    const named = readToken('access', token) ?? readToken('browser', token);
    if (!named) return null;
    const [row] = await this.database.query<Omit<Bearer, 'tenantId'>>(
      `SELECT kind, client_id AS "clientId", user_id AS "userId", scopes, origin, expires_at AS "expiresAt"
         FROM access_tokens WHERE tenant_id = $1 AND digest = $2 AND expires_at > $3`,
      [named.tenantId, named.digest, this.clock.now()],
    );
    return row ? { ...row, tenantId: asTenantId(named.tenantId) } : null;
  }

  /** Across tenants: for the retention loop only. */
  async deleteExpired(): Promise<void> {
    await this.database.query(`DELETE FROM access_tokens WHERE expires_at < $1`, [this.clock.now()]);
  }
}
