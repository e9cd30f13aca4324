import { asTenantId, type TenantId } from '#libs/database';
import { claimDue, type ClaimedRow, type DueTable } from '#libs/scheduling';
import type { TestApp } from './test-app.js';

const LEASE_SECONDS = 45;
const MORE_THAN_A_TEST_MAKES = 1000;

/**
 * Claims what is due, as a worker does.
 * @returns the claim of this row
 * @throws Error when it is not due
 */
export async function claimRow(
  { database, clock }: TestApp,
  table: DueTable,
  id: string,
): Promise<ClaimedRow & { tenantId: TenantId }> {
  const rows = await claimDue(database, table, {
    now: clock.now(),
    leaseEnd: clock.in(LEASE_SECONDS),
    owner: 'worker',
    limit: MORE_THAN_A_TEST_MAKES,
  });
  const row = rows.find((claimed) => claimed.id === id);
  if (!row) throw new Error(`${id} of ${table} is not due.`);
  return { ...row, tenantId: asTenantId(row.tenantId) };
}
