import type { TenantId, Transaction } from '#libs/database';
import type { Connection } from './connection.entity.js';

/**
 * Whoever adds, moves or takes away a user's default holds this, and takes it before any connection's row: two at once would else each
 * find none, or wait for each other.
 */
export async function lockDefaults(tx: Transaction, tenantId: TenantId, userId: string): Promise<void> {
  await tx.query(`SELECT 1 FROM users WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE`, [tenantId, userId]);
}

/** As {@link lockDefaults}, of several users: in one order, whoever asks. */
export async function lockDefaultsOf(tx: Transaction, tenantId: TenantId, userIds: readonly string[]): Promise<void> {
  await tx.query(`SELECT 1 FROM users WHERE tenant_id = $1 AND id = ANY ($2) ORDER BY id FOR NO KEY UPDATE`, [
    tenantId,
    userIds,
  ]);
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

/** As {@link promoteOldest}, for several users. Under the locks of all of them. */
export async function promoteOldestOfEach(
  tx: Transaction,
  tenantId: TenantId,
  places: readonly Pick<Connection, 'userId' | 'appId'>[],
): Promise<void> {
  if (places.length === 0) return;
  await tx.query(
    `UPDATE connections SET is_default = true WHERE tenant_id = $1 AND id IN (
       SELECT oldest.id FROM unnest($2::uuid[], $3::uuid[]) AS place (user_id, app_id)
         CROSS JOIN LATERAL (
           SELECT id FROM connections WHERE tenant_id = $1 AND user_id = place.user_id AND app_id = place.app_id
              AND status NOT IN ('pending', 'deleted') ORDER BY created_at, id LIMIT 1) oldest
        WHERE ${noDefaultYet('place.user_id', 'place.app_id')})`,
    [tenantId, places.map(({ userId }) => userId), places.map(({ appId }) => appId)],
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
