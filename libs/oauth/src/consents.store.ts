import { Injectable } from '@nestjs/common';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { isNotOver } from './authorization-ends.store.js';
import { Denials } from './denials.js';
import type { GrantFacts } from './grant-facts.js';
import { allowsScope } from './scopes.js';

@Injectable()
export class Consents {
  constructor(
    private readonly database: Database,
    private readonly denials: Denials,
  ) {}

  /** Whether the user has allowed the client every one of these before. */
  async cover(tenantId: TenantId, { clientId, userId, scopes }: GrantFacts): Promise<boolean> {
    const [given] = await this.database.of(tenantId).query<{ scopes: string[] }>(
      `SELECT c.scopes FROM consents c
        WHERE c.tenant_id = $1 AND c.user_id = $2 AND c.client_id = $3 AND ${isNotOver('c', 'given_at')}`,
      [tenantId, userId, clientId],
    );
    return given !== undefined && scopes.every((scope) => allowsScope(given.scopes, scope));
  }

  /** Adds to what was given before and is not over. */
  async give(tenantId: TenantId, { clientId, userId, scopes }: GrantFacts, tx: Transaction): Promise<void> {
    await tx.query(
      `INSERT INTO consents (tenant_id, user_id, client_id, scopes, given_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant_id, user_id, client_id) DO UPDATE
         SET scopes = CASE WHEN ${isNotOver('consents', 'given_at')}
                           THEN ARRAY(SELECT DISTINCT unnest(consents.scopes || EXCLUDED.scopes) ORDER BY 1) ELSE EXCLUDED.scopes END,
             given_at = EXCLUDED.given_at`,
      [tenantId, userId, clientId, scopes, this.denials.timeOfIssue(tenantId, clientId, userId)],
    );
  }

  /**
   * The user is asked again. What was issued for it lives on.
   * @param clientId undefined: of every client
   * @returns how many there were
   */
  async withdraw(tenantId: TenantId, userId: string, clientId: string | undefined, tx: Transaction): Promise<number> {
    const rows = await tx.query(
      `DELETE FROM consents WHERE tenant_id = $1 AND user_id = $2 AND ($3::text IS NULL OR client_id = $3) RETURNING 1`,
      [tenantId, userId, clientId ?? null],
    );
    return rows.length;
  }
}
