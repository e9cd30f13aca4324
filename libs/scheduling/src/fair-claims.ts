import { claimDue, claimDueByTenant, FIRST_TENANT, type ClaimedRow, type DueTable } from './due-rows.js';

interface Queryable {
  query<Row>(sql: string, parameters: unknown[]): Promise<Row[]>;
}

interface ClaimRequest {
  now: Date;
  leaseEnd: Date;
  owner: string;
}

interface FairClaimsOptions {
  table: DueTable;
  owner: string;
  /** A tenant of which this worker has so many rows in hand lets the others pass. */
  perTenant: number;
}

/** A tenant that has so much of its share in hand is passed over until no more than the second is left: a claim then brings it several rows. */
const FULL_PART = 3 / 4;
const ROOM_PART = 1 / 2;
/** Among so many tenants at most the places of a claim are divided; where fewer want them, among those. */
const MOST_TURNS = 8;
/** So many of its places filled are enough for one claim: the next is never far, and costs the same for few rows as for many. */
const ENOUGH_PART = 1 / 2;

/**
 * Claims that are fair over tenants. Without a backlog the oldest rows are simply taken; as soon as there are more than fit in hand, each
 * tenant gets its turn; where a table's turns are of endpoints, each endpoint.
 */
export class FairClaims {
  readonly #inHand = new Map<string, number>();
  readonly #passedOver = new Set<string>();
  #hasBacklog = false;
  #hasRoom = false;
  /** Tenants that lately took all that they were given. */
  #wanting = MOST_TURNS;
  #after = FIRST_TENANT;

  constructor(
    private readonly database: Queryable,
    private readonly options: FairClaimsOptions,
  ) {}

  async claim(now: Date, leaseEnd: Date, limit: number): Promise<ClaimedRow[]> {
    const request = { now, leaseEnd, owner: this.options.owner };
    const isInTurn = this.#hasBacklog || this.#passedOver.size > 0;
    this.#hasRoom = false;
    const rows = isInTurn ? await this.#claimInTurn(request, limit) : await this.#claimOldest(request, limit);
    this.#hasBacklog = rows.length === limit;
    for (const { turn } of rows) {
      const held = (this.#inHand.get(turn) ?? 0) + 1;
      this.#inHand.set(turn, held);
      if (this.#isFull(held)) this.#passedOver.add(turn);
    }
    return rows;
  }

  /** Whether a tenant that was passed over has room in its share again. */
  get hasRoom(): boolean {
    return this.#hasRoom;
  }

  /** To be called once for each claimed row, when it is done with: with its `turn`, which for most tables is the tenant. */
  done(tenantId: string): void {
    const left = (this.#inHand.get(tenantId) ?? 1) - 1;
    if (left > 0) this.#inHand.set(tenantId, left);
    else this.#inHand.delete(tenantId);
    if (left <= this.options.perTenant * ROOM_PART && this.#passedOver.delete(tenantId)) this.#hasRoom = true;
  }

  async #claimOldest(request: ClaimRequest, limit: number): Promise<ClaimedRow[]> {
    // What is left of the share of whoever has most: the oldest rows may all be one tenant's.
    const wanted = Math.min(limit, this.#leftOfShare());
    const rows = await claimDue(this.database, this.options.table, { ...request, limit: wanted });
    // The places that its share leaves free are for those behind it, and at once: its rows may take long.
    return rows.length === wanted && wanted < limit ? this.#claimInTurn(request, limit, rows) : rows;
  }

  /** @param rows that were claimed already, as part of the limit */
  async #claimInTurn(request: ClaimRequest, limit: number, rows: ClaimedRow[] = []): Promise<ClaimedRow[]> {
    for (let turn = Math.ceil((limit - rows.length) / this.#wanting), isLast = false; ;) {
      const left = limit - rows.length;
      const each = Math.min(turn, this.#leftOfShare(rows));
      const isWhole = this.#after === FIRST_TENANT;
      const round = { after: this.#after, each, except: this.#except(rows) };
      const claiming = claimDueByTenant(this.database, this.options.table, { ...request, limit: left }, round);
      const claimed = await claiming.catch((error: unknown) => {
        if (rows.length === 0) throw error;
        return null;
      });
      // What was taken is ours already: the next claim meets the trouble.
      if (claimed === null) return rows;
      rows.push(...claimed);
      const taken = [...countsOf(claimed)];
      this.#after = claimed.length < left ? FIRST_TENANT : lastOf(taken.map(([tenantId]) => tenantId));
      if (isLast) return rows;
      if (claimed.length === left) {
        // There may be others behind them.
        this.#wanting = Math.min(MOST_TURNS, taken.length + 1);
        return rows;
      }
      if (!isWhole) continue;
      // All have had their turn: what is left is for those who took all that they were given.
      const wanting = taken.filter(([, count]) => count === each).length;
      this.#wanting = Math.min(MOST_TURNS, Math.max(1, wanting));
      if (wanting === 0 || rows.length >= limit * ENOUGH_PART) return rows;
      turn = Math.ceil((left - claimed.length) / wanting);
      isLast = true;
    }
  }

  #isFull(held: number): boolean {
    return held >= this.options.perTenant * FULL_PART;
  }

  #except(claimed: readonly ClaimedRow[]): string[] {
    const full = [...this.#held(claimed)].filter(([, count]) => this.#isFull(count)).map(([tenantId]) => tenantId);
    return [...new Set([...full, ...this.#passedOver])];
  }

  /** Rows that any tenant may still get that is not passed over. */
  #leftOfShare(claimed: readonly ClaimedRow[] = []): number {
    const except = new Set(this.#except(claimed));
    const counts = [...this.#held(claimed)].filter(([tenantId]) => !except.has(tenantId)).map(([, count]) => count);
    return this.options.perTenant - Math.max(0, ...counts);
  }

  #held(claimed: readonly ClaimedRow[]): Map<string, number> {
    return countsOf(claimed, new Map(this.#inHand));
  }
}

function countsOf(rows: readonly ClaimedRow[], counts = new Map<string, number>()): Map<string, number> {
  for (const { turn } of rows) counts.set(turn, (counts.get(turn) ?? 0) + 1);
  return counts;
}

function lastOf(tenants: readonly string[]): string {
  return tenants.toSorted().at(-1) ?? FIRST_TENANT;
}
