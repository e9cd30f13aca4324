import { claimDue, claimDueByTenant, FIRST_TENANT, type ClaimedRow, type DueTable } from './due-rows.js';

interface Queryable {
  query<Row>(sql: string, parameters: unknown[]): Promise<Row[]>;
}

interface FairClaimsOptions {
  table: DueTable;
  owner: string;
  /** A tenant of which this worker has so many rows in hand lets the others pass. */
  perTenant: number;
}

/**
 * Claims that are fair over tenants. Without a backlog the oldest rows are simply taken; as soon as there are more than fit in hand, each
 * tenant gets its turn.
 */
export class FairClaims {
  readonly #inHand = new Map<string, number>();
  #hasBacklog = false;
  #after = FIRST_TENANT;

  constructor(
    private readonly database: Queryable,
    private readonly options: FairClaimsOptions,
  ) {}

  async claim(now: Date, leaseEnd: Date, limit: number): Promise<ClaimedRow[]> {
    const request = { now, leaseEnd, owner: this.options.owner };
    const isInTurn = this.#hasBacklog || this.#full().length > 0;
    // What is left of the share of whoever has most: the oldest rows may all be one tenant's.
    const wanted = isInTurn ? limit : Math.min(limit, this.#leftOfShare());
    const rows = isInTurn
      ? await this.#claimInTurn(request, wanted)
      : await claimDue(this.database, this.options.table, { ...request, limit: wanted });
    this.#hasBacklog = rows.length === wanted;
    for (const { tenantId } of rows) this.#inHand.set(tenantId, (this.#inHand.get(tenantId) ?? 0) + 1);
    return rows;
  }

  /** To be called once for each claimed row, when it is done with. */
  done(tenantId: string): void {
    const left = (this.#inHand.get(tenantId) ?? 1) - 1;
    if (left > 0) this.#inHand.set(tenantId, left);
    else this.#inHand.delete(tenantId);
  }

  async #claimInTurn(request: { now: Date; leaseEnd: Date; owner: string }, limit: number): Promise<ClaimedRow[]> {
    const rows: ClaimedRow[] = [];
    for (let rounds = 0; rows.length < limit && rounds < 2;) {
      const left = limit - rows.length;
      const each = Math.min(Math.max(1, Math.floor(limit / 8)), this.#leftOfShare(rows));
      const turn = { after: this.#after, each, except: this.#full(rows) };
      const claimed = await claimDueByTenant(this.database, this.options.table, { ...request, limit: left }, turn);
      rows.push(...claimed);
      if (claimed.length < left) rounds += 1;
      // Behind the last one that got a turn, or from the beginning when all have had theirs.
      this.#after =
        claimed.length < left
          ? FIRST_TENANT
          : (claimed
              .map(({ tenantId }) => tenantId)
              .sort()
              .at(-1) ?? FIRST_TENANT);
    }
    return rows;
  }

  /** Tenants that have their share. */
  #full(claimed: readonly ClaimedRow[] = []): string[] {
    return [...this.#held(claimed)]
      .filter(([, count]) => count >= this.options.perTenant)
      .map(([tenantId]) => tenantId);
  }

  /** Rows that any tenant whose share is not full may still get. */
  #leftOfShare(claimed: readonly ClaimedRow[] = []): number {
    const counts = [...this.#held(claimed).values()].filter((count) => count < this.options.perTenant);
    return this.options.perTenant - Math.max(0, ...counts);
  }

  #held(claimed: readonly ClaimedRow[]): Map<string, number> {
    const held = new Map(this.#inHand);
    for (const { tenantId } of claimed) held.set(tenantId, (held.get(tenantId) ?? 0) + 1);
    return held;
  }
}
