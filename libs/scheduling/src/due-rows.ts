interface Queryable {
  query<Row>(sql: string, parameters: unknown[]): Promise<Row[]>;
}

/** Tables of due rows: they have tenant_id, id, due_at, lease_until, lease_owner and version, and an index on due_at. */
export type DueTable = 'connections' | 'run_jobs' | 'run_callbacks' | 'webhook_deliveries' | 'upstreams';

/** By which column of a table its rows have their turns: one whose rows take long then keeps no other waiting. */
const TURN: Record<DueTable, string> = {
  connections: 'tenant_id',
  run_jobs: 'tenant_id',
  run_callbacks: 'tenant_id',
  webhook_deliveries: 'webhook_id',
  upstreams: 'tenant_id',
};

export interface ClaimedRow {
  tenantId: string;
  /** Whose turn it is: the tenant, or the endpoint that is called. */
  turn: string;
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
  const rows = await database.query<Omit<ClaimedRow, 'leaseEnd'>>(
    `UPDATE ${table} SET due_at = $2, lease_until = $2, lease_owner = $3, version = version + 1
      WHERE due_at <= $1
        AND ctid = ANY (ARRAY(
              SELECT ctid FROM ${table} WHERE due_at <= $1 ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED))
      RETURNING tenant_id AS "tenantId", ${TURN[table]} AS turn, id, version`,
    [now, leaseEnd, owner, limit],
  );
  return rows.map((row) => ({ ...row, leaseEnd }));
}

/** Where a round through the tenants begins: before all of them. */
export const FIRST_TENANT = '00000000-0000-0000-0000-000000000000';

/**
 * As `claimDue`, a few rows of each tenant in turn, in the order of their ids: for a backlog, in which one tenant's rows must not stand
 * before everybody else's. Needs an index on (tenant_id, due_at), and jumps in it from tenant to tenant: its cost grows with their number, not
 * with that of the rows. Where a table's turns are of something else, read that for "tenant".
 * @param after the last tenant of the round before
 * @param except tenants that have their share already
 */
export async function claimDueByTenant(
  database: Queryable,
  table: DueTable,
  { now, leaseEnd, owner, limit }: { now: Date; leaseEnd: Date; owner: string; limit: number },
  { after, each, except }: { after: string; each: number; except: readonly string[] },
): Promise<ClaimedRow[]> {
  const turn = TURN[table];
  const rows = await database.query<Omit<ClaimedRow, 'leaseEnd'>>(
    `WITH RECURSIVE turns AS (
       (SELECT ${turn} AS id FROM ${table} WHERE due_at IS NOT NULL AND ${turn} > $5 ORDER BY ${turn} LIMIT 1)
       UNION ALL
       SELECT (SELECT row.${turn} FROM ${table} row WHERE row.due_at IS NOT NULL AND row.${turn} > turns.id
                ORDER BY row.${turn} LIMIT 1)
         FROM turns WHERE turns.id IS NOT NULL)
     UPDATE ${table} SET due_at = $2, lease_until = $2, lease_owner = $3, version = version + 1
      WHERE due_at <= $1
        AND ctid = ANY (ARRAY(
              SELECT due.ctid FROM turns CROSS JOIN LATERAL (
                SELECT row.ctid FROM ${table} row WHERE row.${turn} = turns.id AND row.due_at <= $1
                 ORDER BY row.due_at LIMIT $6 FOR UPDATE SKIP LOCKED) due
               WHERE turns.id <> ALL ($7::uuid[]) LIMIT $4))
      RETURNING tenant_id AS "tenantId", ${turn} AS turn, id, version`,
    [now, leaseEnd, owner, limit, after, each, [...except]],
  );
  return rows.map((row) => ({ ...row, leaseEnd }));
}
