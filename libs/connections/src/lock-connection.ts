import type { TenantId, Transaction } from '#libs/database';
import { columns } from './connection-columns.js';
import type { Connection } from './connection.entity.js';

/** The row, which nobody else changes before the transaction ends; null when it is gone or deleted. */
export async function lockConnection(tx: Transaction, tenantId: TenantId, id: string): Promise<Connection | null> {
  const [row] = await tx.query<Connection>(
    `SELECT ${columns} FROM connections WHERE tenant_id = $1 AND id = $2 AND status <> 'deleted' FOR UPDATE`,
    [tenantId, id],
  );
  return row ?? null;
}
