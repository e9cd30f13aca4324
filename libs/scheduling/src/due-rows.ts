interface Queryable {
  query<Row>(sql: string, parameters: unknown[]): Promise<Row[]>;
}

/** Tables of due rows: they have tenant_id, id, due_at, lease_until, lease_owner and version, and an index on due_at. */
export type DueTable = 'connections' | 'run_jobs' | 'run_callbacks';

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

/** Where a round through the tenants begins: before all of them. */
export const FIRST_TENANT = '00000000-0000-0000-0000-000000000000';

/**
 * As `claimDue`, a few rows of each tenant in turn, in the order of their ids: for a backlog, in which one tenant's rows must not stand
 * before everybody else's. Needs an index on (tenant_id, due_at), and jumps in it from tenant to tenant: its cost grows with their number, not
 * with that of the rows.
 * @param after the last tenant of the round before
 * @param except tenants that have their share already
 */
export async function claimDueByTenant(
  database: Queryable,
  table: DueTable,
  { now, leaseEnd, owner, limit }: { now: Date; leaseEnd: Date; owner: string; limit: number },
  { after, each, except }: { after: string; each: number; except: readonly string[] },
): Promise<ClaimedRow[]> {
  const rows = await database.query<{ tenant_id: string; id: string; version: number }>(
    `WITH RECURSIVE tenants AS (
       (SELECT tenant_id FROM ${table} WHERE due_at IS NOT NULL AND tenant_id > $5 ORDER BY tenant_id LIMIT 1)
       UNION ALL
       SELECT (SELECT row.tenant_id FROM ${table} row WHERE row.due_at IS NOT NULL AND row.tenant_id > tenants.tenant_id
                ORDER BY row.tenant_id LIMIT 1)
         FROM tenants WHERE tenants.tenant_id IS NOT NULL)
     UPDATE ${table} SET due_at = $2, lease_until = $2, lease_owner = $3, version = version + 1
      WHERE due_at <= $1
        AND ctid = ANY (ARRAY(
              SELECT due.ctid FROM tenants CROSS JOIN LATERAL (
                SELECT row.ctid FROM ${table} row WHERE row.tenant_id = tenants.tenant_id AND row.due_at <= $1
                 ORDER BY row.due_at LIMIT $6 FOR UPDATE SKIP LOCKED) due
               WHERE tenants.tenant_id <> ALL ($7::uuid[]) LIMIT $4))
      RETURNING tenant_id, id, version`,
    [now, leaseEnd, owner, limit, after, each, [...except]],
  );
  return rows.map((row) => ({ tenantId: row.tenant_id, id: row.id, version: row.version, leaseEnd }));
}
