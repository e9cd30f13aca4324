import type { TenantId, Transaction } from '#libs/database';
import type { Connection } from './connection.entity.js';

/**
 * Whoever adds, moves or takes away a user's default holds this, and takes it before any connection's row: two at once would else each
 * find none, or wait for each other.
 */
export async function lockDefaults(tx: Transaction, tenantId: TenantId, userId: string): Promise<void> {
  await tx.query(`SELECT 1 FROM users WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE`, [tenantId, userId]);
}

/** An SQL condition: the user has no default of this app yet. @param user and app expressions of the row's own */
export function noDefaultYet(user: string, app: string): string {
  return `NOT EXISTS (SELECT 1 FROM connections held WHERE held.tenant_id = $1 AND held.user_id = ${user} AND held.app_id = ${app}
    AND held.is_default)`;
}

type Place = Pick<Connection, 'tenantId' | 'userId' | 'appId'>;

/** The oldest one takes the place of a default that is gone. Under {@link lockDefaults}. */
export async function promoteOldest(tx: Transaction, { tenantId, userId, appId }: Place): Promise<void> {
  await tx.query(
    `UPDATE connections SET is_default = true WHERE tenant_id = $1 AND id = (
       SELECT id FROM connections WHERE tenant_id = $1 AND user_id = $2 AND app_id = $3 AND status NOT IN ('pending', 'deleted')
        ORDER BY created_at, id LIMIT 1) AND ${noDefaultYet('$2', '$3')}`,
    [tenantId, userId, appId],
  );
}

/** Under {@link lockDefaults}. */
export async function moveDefault(
  tx: Transaction,
  { tenantId, userId, appId, id }: Place & Pick<Connection, 'id'>,
): Promise<void> {
  await tx.query(
    `UPDATE connections SET is_default = false WHERE tenant_id = $1 AND user_id = $2 AND app_id = $3 AND is_default AND id <> $4`,
    [tenantId, userId, appId, id],
  );
  await tx.query(`UPDATE connections SET is_default = true WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
}
