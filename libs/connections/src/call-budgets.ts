import { Injectable } from '@nestjs/common';
import type { RateDefinition, TenantAppView } from '#libs/catalog';
import { Database, type TenantId } from '#libs/database';
import { BriefCache, Clock } from '#libs/scheduling';
import type { Connection } from './connection.entity.js';

/** Of an app's rate: what may be called at once after a pause. The rest is spread evenly, so that no window of the app's, wherever it begins, is overdrawn. */
const BURST_PART = 0.1;
/** Calls do not arrive as evenly as they are sent. */
const MARGIN = 1.05;
const BELIEVED_SECONDS = 0.5;
const KEPT_SECONDS = 86_400;
/** PostgreSQL, appendix A. */
const FOREIGN_KEY_VIOLATION = '23503';

/** Whose calls an app counts together. */
export interface BudgetOwner {
  tenantId: TenantId;
  appId: string;
  /** Empty for all of the tenant. */
  account: string;
}

/** Whose calls the app counts together with those of this connection. Null for an app that needs none. */
export function budgetOwner(tenantId: TenantId, app: TenantAppView, connection: Connection | null): BudgetOwner {
  const isShared = app.definition.rate?.per === 'client';
  const account = isShared || !connection ? '' : (connection.accountId ?? connection.id);
  return { tenantId, appId: app.id, account };
}

interface Waiting {
  owner: BudgetOwner;
  rate: RateDefinition;
  callers: { resolve: (slot: Date) => void; reject: (error: unknown) => void }[];
}

interface Booked extends BudgetOwner {
  bookedUntil: number;
  pausedUntil: number | null;
}

/** How often apps may be called, by all processes together. A call is booked for a time, in the order in which it was asked for, and made then. */
@Injectable()
export class CallBudgets {
  readonly #pauses: BriefCache<Map<string, number>>;
  #waiting = new Map<string, Waiting>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    this.#pauses = new BriefCache({ load: () => this.#loadPauses(), seconds: BELIEVED_SECONDS, entries: 1, clock });
  }

  /** Books one call. What is asked for in the same moment is one statement. @returns when it may be made, now or later */
  book(owner: BudgetOwner, rate: RateDefinition): Promise<Date> {
    if (this.#waiting.size === 0) setImmediate(() => void this.#bookAll());
    const name = nameOf(owner);
    const waiting = this.#waiting.get(name) ?? { owner, rate, callers: [] };
    this.#waiting.set(name, waiting);
    return new Promise((resolve, reject) => waiting.callers.push({ resolve, reject }));
  }

  /** Books nothing. @returns when a call could be made that is booked now */
  async freeAt(owner: BudgetOwner, rate: RateDefinition): Promise<Date> {
    const now = this.clock.now().getTime() / 1000;
    const [row] = await this.database.of(owner.tenantId).query<Pick<Booked, 'bookedUntil' | 'pausedUntil'>>(
      `SELECT booked_until AS "bookedUntil", paused_until AS "pausedUntil" FROM call_budgets
        WHERE tenant_id = $1 AND app_id = $2 AND account = $3`,
      [owner.tenantId, owner.appId, owner.account],
    );
    const pausedUntil = row?.pausedUntil ?? null;
    const bookedUntil = Math.max(row?.bookedUntil ?? 0, pausedUntil ?? 0, now) + paceOf(rate).everySeconds;
    const [slot = now] = slotsOf({ ...owner, bookedUntil, pausedUntil }, rate, 1, now);
    return new Date(Math.ceil(slot * 1000));
  }

  /** @returns when the pause ends that the app asked for; null when it asked for none. A pause is known everywhere within half a second. */
  async pausedUntil(owner: BudgetOwner): Promise<Date | null> {
    const until = (await this.#pauses.get('')).get(nameOf(owner)) ?? 0;
    return until * 1000 > this.clock.now().getTime() ? new Date(Math.ceil(until * 1000)) : null;
  }

  /** The app answered 429: it is not called for this account before `until`, by nobody. */
  async pause({ tenantId, appId, account }: BudgetOwner, until: Date): Promise<void> {
    await this.database.of(tenantId).query(
      `INSERT INTO call_budgets AS budget (tenant_id, app_id, account, booked_until, paused_until) VALUES ($1, $2, $3, 0, $4)
       ON CONFLICT (tenant_id, app_id, account) DO UPDATE SET
         paused_until = GREATEST(excluded.paused_until, budget.paused_until)`,
      [tenantId, appId, account, until.getTime() / 1000],
    );
    this.#pauses.forget('');
  }

  /** Across tenants, for the retention loop: those that nobody has called for a day. @returns how many it took */
  async deleteExpired(limit: number): Promise<number> {
    const before = this.clock.now().getTime() / 1000 - KEPT_SECONDS;
    const rows = await this.database.overTenants.query(
      `DELETE FROM call_budgets WHERE (tenant_id, app_id, account) IN (
         SELECT tenant_id, app_id, account FROM call_budgets
          WHERE booked_until < $1 AND (paused_until IS NULL OR paused_until < $1) LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING account`,
      [before, limit],
    );
    return rows.length;
  }

  async #bookAll(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    await this.#bookThese(waiting, this.clock.now().getTime() / 1000);
  }

  async #bookThese(waiting: ReadonlyMap<string, Waiting>, now: number): Promise<void> {
    try {
      for (const booked of await this.#bookFor([...waiting.values()], now)) {
        const { rate, callers } = waiting.get(nameOf(booked)) as Waiting;
        const slots = slotsOf(booked, rate, callers.length, now);
        callers.forEach(({ resolve }, index) => resolve(new Date(Math.ceil((slots[index] ?? now) * 1000))));
      }
    } catch (error) {
      if (waiting.size > 1 && isSomebodyGone(error)) {
        for (const one of waiting) await this.#bookThese(new Map([one]), now);
        return;
      }
      for (const { callers } of waiting.values()) for (const { reject } of callers) reject(error);
    }
  }

  /** In one order, so that two workers wait for each other and never in a circle. */
  #bookFor(waiting: readonly Waiting[], now: number): Promise<Booked[]> {
    const costs = waiting.map(({ rate, callers }) => paceOf(rate).everySeconds * callers.length);
    return this.database.overTenants.query<Booked>(
      `INSERT INTO call_budgets AS budget (tenant_id, app_id, account, booked_until)
       SELECT tenant_id, app_id, account, $1::float8 + cost
         FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::float8[]) AS asked (tenant_id, app_id, account, cost)
        ORDER BY tenant_id, app_id, account
       ON CONFLICT (tenant_id, app_id, account) DO UPDATE SET booked_until =
         GREATEST(budget.booked_until, budget.paused_until, $1::float8) + (excluded.booked_until - $1::float8)
       RETURNING tenant_id AS "tenantId", app_id AS "appId", account, booked_until AS "bookedUntil", paused_until AS "pausedUntil"`,
      [
        now,
        waiting.map(({ owner }) => owner.tenantId),
        waiting.map(({ owner }) => owner.appId),
        waiting.map(({ owner }) => owner.account),
        costs,
      ],
    );
  }

  async #loadPauses(): Promise<Map<string, number>> {
    const rows = await this.database.overTenants.query<BudgetOwner & { pausedUntil: number }>(
      `SELECT tenant_id AS "tenantId", app_id AS "appId", account, paused_until AS "pausedUntil" FROM call_budgets
        WHERE paused_until > $1`,
      [this.clock.now().getTime() / 1000],
    );
    return new Map(rows.map((row) => [nameOf(row), row.pausedUntil]));
  }
}

/** A steady rate and a small burst that together stay within `requests` in any window of `perSeconds`. */
function paceOf({ requests, perSeconds }: RateDefinition): { everySeconds: number; burst: number } {
  const burst = Math.max(1, Math.floor(requests * BURST_PART));
  return { everySeconds: (perSeconds / (requests - burst + 1)) * MARGIN, burst };
}

function slotsOf({ bookedUntil, pausedUntil }: Booked, rate: RateDefinition, count: number, now: number): number[] {
  const { everySeconds, burst } = paceOf(rate);
  const first = bookedUntil - count * everySeconds;
  const earliest = Math.max(now, pausedUntil ?? 0);
  return Array.from({ length: count }, (_, index) => Math.max(earliest, first + (index - burst + 1) * everySeconds));
}

/** A tenant or an app of the statement was just deleted: no trouble of the others in it. */
function isSomebodyGone(error: unknown): boolean {
  return (error as { driverError?: { code?: string } }).driverError?.code === FOREIGN_KEY_VIOLATION;
}

function nameOf({ tenantId, appId, account }: BudgetOwner): string {
  return `${tenantId} ${appId} ${account}`;
}
