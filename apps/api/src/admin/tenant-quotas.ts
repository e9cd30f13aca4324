import type { TenantId, Transaction } from '#libs/database';
import { problem } from '#libs/errors';

/** Of what a tenant's own operator may make: enough for anybody, and nobody's way to fill the tables of all. */
const quotas = {
  clients: { most: 100, advice: 'Change one that nothing uses any more.' },
  upstreams: { most: 20, advice: 'Delete one that nothing goes through.' },
} as const;

/** To be asked after the row was made, in its transaction. @throws Problem conflict when it is one too many */
export async function requireRoom(tx: Transaction, tenantId: TenantId, of: keyof typeof quotas): Promise<void> {
  const { most, advice } = quotas[of];
  // Of two at once the second counts only when the first is there, or gone.
  await tx.query(`SELECT 1 FROM tenants WHERE id = $1 FOR NO KEY UPDATE`, [tenantId]);
  const [row] = await tx.query<{ count: number }>(`SELECT count(*)::integer AS count FROM ${of} WHERE tenant_id = $1`, [
    tenantId,
  ]);
  if ((row?.count ?? 0) > most) throw problem('conflict', `A tenant has ${most} ${of} at most. ${advice}`);
}
