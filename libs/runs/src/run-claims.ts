import type { Queryable } from '#libs/database';
import { secondsAfter } from '#libs/scheduling';
import { secretSelection, type SelectedSecret } from '#libs/vault';
import { jobColumns, toClaimedRun, withRuns, type JobRow } from './job-rows.js';
import type { ClaimedRun, Reservation } from './claimed-run.js';
import type { Run } from './run.entity.js';

/** Longer than a call to an app and the commits around it. */
const LEASE_SECONDS = 45;
/** A job whose deadline is nearer than that is due again at its deadline, when whoever comes ends its run, or soon after. */
const LEAST_LEASE_SECONDS = 1;
const MOST_AT_ONCE = 32;
const FIRST_LANE: Lane = [
  '00000000-0000-0000-0000-000000000000',
  '00000000-0000-0000-0000-000000000000',
  -2_147_483_648,
];
const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const LAST_HASH = 2_147_483_647;

/** Tenant, app and org: whose jobs stand in one line. */
type Lane = readonly [string, string, number];

interface Row extends JobRow, SelectedSecret {
  leaseEnd: Date;
  orgHash: number;
}

/**
 * Claims due jobs of this worker. Without a backlog the oldest are simply taken; with one, tenants, apps and orgs have their turns. An
 * app may hold as many places as are left free, a tenant half as many: however many of them are slow, there is a place for another one.
 */
export class RunClaims {
  readonly #tenants = new Map<string, number>();
  readonly #apps = new Map<string, number>();
  #held = 0;
  #hasBacklog = false;
  #mayHaveLeft = false;
  #after = FIRST_LANE;

  constructor(
    private readonly database: Queryable,
    private readonly options: { owner: string; places: number },
  ) {}

  async claim(now: Date): Promise<ClaimedRun[]> {
    const claimed: ClaimedRun[] = [];
    for (let rounds = 0; rounds < 2;) {
      const passedOver = [...this.#fullTenants(), ...this.#fullApps()];
      const isInTurn = this.#hasBacklog || passedOver.length > 0;
      const limit = isInTurn ? Math.min(MOST_AT_ONCE, Math.ceil(this.#free / 4)) : this.#share();
      if (limit === 0) break;
      const rows = await this.#rows(isInTurn, now, limit).catch((error: unknown) => {
        if (claimed.length === 0) throw error;
        return null;
      });
      if (rows === null) {
        // What was taken is ours already: the next claim meets the trouble.
        this.#mayHaveLeft = true;
        return claimed;
      }
      for (const row of rows) claimed.push(this.#take(row));
      this.#hasBacklog = rows.length === limit || (isInTurn && rows.length > 0);
      if (rows.length === limit) continue;
      if (!isInTurn) break;
      this.#after = FIRST_LANE;
      // Whose share became free meanwhile may have jobs that nobody else will look for.
      rounds = passedOver.every((id) => this.#isFull(id)) ? rounds + 1 : 0;
    }
    this.#mayHaveLeft = this.#hasBacklog || this.#isAnybodyFull();
    return claimed;
  }

  /** Whether the last claim may have left jobs that are due: they found no place, or their tenant or app had its share. */
  get hasMore(): boolean {
    return this.#mayHaveLeft;
  }

  /**
   * A place for a run that is about to be stored. What is due already comes first: where some may wait, it has to queue up behind them.
   * @returns null also when its tenant or its app has its share
   */
  reserve(run: Pick<Run, 'tenantId' | 'appId'>, now: Date, deadline: Date): Reservation | null {
    const isFull = this.#isTenantFull(this.#tenants.get(run.tenantId)) || this.#isAppFull(this.#apps.get(run.appId));
    if (this.#hasBacklog || isFull) return null;
    this.#hold(run);
    const [least, end] = leaseEnds(now);
    return { owner: this.options.owner, leaseEnd: end < deadline ? end : later(deadline, least) };
  }

  /** To be called once for each claimed job and each reservation, when it is done with. */
  done({ run }: { run: Pick<Run, 'tenantId' | 'appId'> }): void {
    this.#held -= 1;
    less(this.#tenants, run.tenantId);
    less(this.#apps, run.appId);
  }

  get #free(): number {
    return Math.max(0, this.options.places - this.#held);
  }

  /** So many more are nobody's more than their share. The oldest may all be one tenant's. */
  #share(): number {
    const ofTenant = (this.#free - 2 * Math.max(0, ...this.#tenants.values())) / 3;
    const ofApp = (this.#free - Math.max(0, ...this.#apps.values())) / 2;
    return Math.min(MOST_AT_ONCE, Math.ceil(Math.min(ofTenant, ofApp)));
  }

  #fullTenants(): string[] {
    return [...this.#tenants].filter(([, count]) => this.#isTenantFull(count)).map(([id]) => id);
  }

  #fullApps(): string[] {
    return [...this.#apps].filter(([, count]) => this.#isAppFull(count)).map(([id]) => id);
  }

  #isTenantFull(count = 0): boolean {
    return 2 * count >= this.#free;
  }

  #isAppFull(count = 0): boolean {
    return count >= this.#free;
  }

  /** @param id of a tenant or of an app */
  #isFull(id: string): boolean {
    return this.#isTenantFull(this.#tenants.get(id)) || this.#isAppFull(this.#apps.get(id));
  }

  #isAnybodyFull(): boolean {
    return this.#fullTenants().length > 0 || this.#fullApps().length > 0;
  }

  #take({ leaseEnd, ...row }: Row): ClaimedRun {
    this.#hold(row);
    const field = row.phase === 'execute' ? 'inputs' : 'poll_url';
    return { ...toClaimedRun(row, leaseEnd), sealed: { field, secret: row } };
  }

  #hold({ tenantId, appId }: Pick<Run, 'tenantId' | 'appId'>): void {
    this.#held += 1;
    this.#tenants.set(tenantId, (this.#tenants.get(tenantId) ?? 0) + 1);
    this.#apps.set(appId, (this.#apps.get(appId) ?? 0) + 1);
  }

  #rows(isInTurn: boolean, now: Date, limit: number): Promise<Row[]> {
    return isInTurn ? this.#inTurn(now, limit) : this.#oldest(now, limit);
  }

  #oldest(now: Date, limit: number): Promise<Row[]> {
    const due = `SELECT ctid FROM run_jobs WHERE due_at <= $1 ORDER BY due_at LIMIT $5 FOR UPDATE SKIP LOCKED`;
    return this.database.query<Row>(claiming('', due), this.#parameters(now, limit));
  }

  /** Goes from lane to lane in the index; a tenant or an app that has its share is passed over in one step. */
  async #inTurn(now: Date, limit: number): Promise<Row[]> {
    const rows = await this.database.query<Row>(claiming(LANES, DUE_IN_LANES), [
      ...this.#parameters(now, limit),
      ...this.#after,
      Math.max(1, Math.floor(limit / 8)),
      this.#fullTenants(),
      this.#fullApps(),
    ]);
    const lanes = rows.map(({ tenantId, appId, orgHash }): Lane => [tenantId, appId, orgHash]);
    this.#after = lanes.sort(compareLanes).at(-1) ?? FIRST_LANE;
    return rows;
  }

  #parameters(now: Date, limit: number): unknown[] {
    const [least, end] = leaseEnds(now);
    return [now, end, least, this.options.owner, limit];
  }
}

/** @returns the least, and the usual one */
function leaseEnds(now: Date): [Date, Date] {
  return [secondsAfter(now, LEAST_LEASE_SECONDS), secondsAfter(now, LEASE_SECONDS)];
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}

/** $1 now, $2 end of the lease, $3 its least end, $4 owner, $5 limit */
function claiming(before: string, due: string): string {
  const leaseEnd = `LEAST($2::timestamptz, GREATEST(deadline, $3::timestamptz))`;
  const claimed = `claimed AS (
    UPDATE run_jobs SET due_at = ${leaseEnd}, lease_until = ${leaseEnd}, lease_owner = $4, version = version + 1
     WHERE due_at <= $1 AND ctid = ANY (ARRAY(${due}))
    RETURNING ${jobColumns}, lease_until AS "leaseEnd", org_hash AS "orgHash")`;
  const field = `CASE job.phase WHEN 'execute' THEN 'inputs' ELSE 'poll_url' END`;
  const secret = secretSelection({ tenant: 'job.tenant_id', rowId: 'job.job_id::text', field }, 'run');
  return `WITH RECURSIVE ${before} ${claimed} ${withRuns('claimed')} ${secret}`;
}

const NEXT = (after: string) => `
  SELECT tenant_id, app_id, org_hash FROM run_jobs WHERE (tenant_id, app_id, org_hash) > ${after}
   ORDER BY tenant_id, app_id, org_hash LIMIT 1`;

/** $6 to $8 the last lane of the round before, $9 jobs of each, $10 tenants and $11 apps that have their share */
const LANES = `lanes AS (
  (${NEXT('($6::uuid, $7::uuid, $8::integer)')})
  UNION ALL
  SELECT next.* FROM lanes CROSS JOIN LATERAL (${NEXT(`(lanes.tenant_id,
    CASE WHEN lanes.tenant_id = ANY ($10::uuid[]) THEN '${LAST_UUID}'::uuid ELSE lanes.app_id END,
    CASE WHEN lanes.tenant_id = ANY ($10::uuid[]) OR lanes.app_id = ANY ($11::uuid[]) THEN ${LAST_HASH} ELSE lanes.org_hash END)`)}) next),`;

const DUE_IN_LANES = `
  SELECT due.ctid FROM lanes CROSS JOIN LATERAL (
    SELECT ctid FROM run_jobs job
     WHERE job.tenant_id = lanes.tenant_id AND job.app_id = lanes.app_id AND job.org_hash = lanes.org_hash AND job.due_at <= $1
     ORDER BY job.due_at LIMIT $9 FOR UPDATE SKIP LOCKED) due
   WHERE lanes.tenant_id <> ALL ($10::uuid[]) AND lanes.app_id <> ALL ($11::uuid[]) LIMIT $5`;

function compareLanes([tenant, app, org]: Lane, [otherTenant, otherApp, otherOrg]: Lane): number {
  if (tenant !== otherTenant) return tenant < otherTenant ? -1 : 1;
  if (app !== otherApp) return app < otherApp ? -1 : 1;
  return org - otherOrg;
}

function less(held: Map<string, number>, id: string): void {
  const left = (held.get(id) ?? 1) - 1;
  if (left > 0) held.set(id, left);
  else held.delete(id);
}
