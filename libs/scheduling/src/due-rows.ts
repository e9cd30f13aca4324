interface Queryable {
  query<Row>(sql: string, parameters: unknown[]): Promise<Row[]>;
}

/** Tables of due rows: they have tenant_id, id, due_at, lease_until, lease_owner and version, and an index on due_at. */
export type DueTable = 'connections' | 'run_jobs';

export interface ClaimedRow {
  tenantId: string;
  id: string;
  /** The fence: a write that completes the work names it, and finds no row when the lease was lost. */
  version: number;
  /** Nothing may be sent that could still be under way then: the row is another worker's by that time. */
  leaseEnd: Date;
}

/**
 * Claims due rows for `owner` until `leaseEnd`, oldest first, each row by one worker.
 *
 * The claim moves `due_at` to the end of the lease. A worker that dies leaves a row that is simply due again, and rows under lease leave
 * the head of the index. All times are bound, never computed in SQL: the statement is the same on a distributed table.
 */
export async function claimDue(
  database: Queryable,
  table: DueTable,
  { now, leaseEnd, owner, limit }: { now: Date; leaseEnd: Date; owner: string; limit: number },
): Promise<ClaimedRow[]> {
  const rows = await database.query<{ tenant_id: string; id: string; version: number }>(
    `UPDATE ${table} SET due_at = $2, lease_until = $2, lease_owner = $3, version = version + 1
      WHERE due_at <= $1
        AND ctid = ANY (ARRAY(
              SELECT ctid FROM ${table} WHERE due_at <= $1 ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED))
      RETURNING tenant_id, id, version`,
    [now, leaseEnd, owner, limit],
  );
  return rows.map((row) => ({ tenantId: row.tenant_id, id: row.id, version: row.version, leaseEnd }));
}
