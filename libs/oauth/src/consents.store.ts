import { Injectable } from '@nestjs/common';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { Clock } from '#libs/scheduling';
import type { GrantFacts } from './authorization-grants.store.js';
import { allowsScope } from './scopes.js';

@Injectable()
export class Consents {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Whether the user has allowed the client every one of these before. */
  async cover(tenantId: TenantId, { clientId, userId, scopes }: GrantFacts): Promise<boolean> {
    const [given] = await this.database.query<{ scopes: string[] }>(
      `SELECT scopes FROM consents WHERE tenant_id = $1 AND user_id = $2 AND client_id = $3`,
      [tenantId, userId, clientId],
    );
    return given !== undefined && scopes.every((scope) => allowsScope(given.scopes, scope));
  }

  /** Adds to what was given before. */
  async give(tenantId: TenantId, { clientId, userId, scopes }: GrantFacts, tx: Transaction): Promise<void> {
    await tx.query(
      `INSERT INTO consents (tenant_id, user_id, client_id, scopes, given_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant_id, user_id, client_id) DO UPDATE
         SET scopes = ARRAY(SELECT DISTINCT unnest(consents.scopes || EXCLUDED.scopes) ORDER BY 1), given_at = EXCLUDED.given_at`,
      [tenantId, userId, clientId, scopes, this.clock.now()],
    );
  }
}
