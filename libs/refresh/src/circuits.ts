import { Injectable, Logger } from '@nestjs/common';
import { Audit, SYSTEM_ACTOR } from '#libs/audit';
import type { Connection } from '#libs/connections';
import { Database, type TenantId } from '#libs/database';
import { BriefCache, Clock, secondsAfter } from '#libs/scheduling';
import { RefusalRuns } from './refusal-runs.js';

/** So many different connections that fail, with no success between them, are the app's trouble and not theirs. */
const OPENS_AFTER = 5;
const PROBE_SECONDS = 30;
/** Connections that waited for their app do not all come back at once. */
const SPREAD_SECONDS = 10;
/** So far apart they come back where there are many: each costs a look at its row, however long the app is paused. */
const APART_SECONDS = 0.005;
/** Until the first calls to an app have told whether it works. */
const UNPROVEN_WAIT_SECONDS = 0.5;
/** As many at once, in a process, until one has worked lately: whatever is wrong is then learnt from a few calls. */
const UNPROVEN_AT_ONCE = 1;
const PROVEN_SECONDS = 600;
const BELIEVED_SECONDS = 0.5;
const ENTRIES = 10_000;

/**
 * `client`: its OAuth client was refused, which is beyond doubt at once. `refusals`: so is that nearly everybody's grant was. `outage`: it could
 * not be asked, or answered nonsense.
 */
export type AppFailure = 'client' | 'refusals' | 'outage';

type FailedConnection = Pick<Connection, 'tenantId' | 'appId' | 'id'>;

/** Refreshes wait until the app works again. */
export interface PausedApp {
  reason: string;
  since: Date;
  nextProbeAt: Date;
}

interface Circuit {
  failing: string[];
  openedAt: Date | null;
  probeAt: Date | null;
}

/** A circuit breaker per tenant and app, shared by all workers: when an app fails for everybody, one probe a while asks, and nobody is marked. */
@Injectable()
export class Circuits {
  readonly #log = new Logger('Circuits');
  readonly #circuits: BriefCache<Circuit | null>;
  /** Per tenant and app, in this process. */
  readonly #inFlight = new Map<string, number>();
  readonly #provenAt = new Map<string, Date>();
  /** When the last of those that wait comes back. */
  readonly #lastBackAt = new Map<string, Date>();
  readonly #refusals = new RefusalRuns();

  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {
    const load = (name: string) => this.#load(...idsOf(name));
    this.#circuits = new BriefCache({ load, seconds: BELIEVED_SECONDS, entries: ENTRIES, clock });
  }

  /**
   * Asks for a call to the app. Whoever gets null must call `left` when it is over.
   * @param isUrgent a token that is lost if it waits: it is let through whatever else fails
   * @returns when to ask again; null to go on
   */
  async enter(tenantId: TenantId, appId: string, isUrgent = false): Promise<Date | null> {
    const name = nameOf(tenantId, appId);
    const now = this.clock.now();
    const atOnce = this.#inFlight.get(name) ?? 0;
    if (isUrgent) {
      this.#inFlight.set(name, atOnce + 1);
      return null;
    }
    if (atOnce >= UNPROVEN_AT_ONCE && !this.#isProven(name, now)) return this.#backAt(name, now, UNPROVEN_WAIT_SECONDS);
    this.#inFlight.set(name, atOnce + 1);
    const until = await this.#closedUntil(tenantId, appId, now).catch((error: unknown) => {
      this.left(tenantId, appId);
      throw error;
    });
    if (!until) return null;
    this.left(tenantId, appId);
    return this.#backAt(name, until, SPREAD_SECONDS);
  }

  left(tenantId: TenantId, appId: string): void {
    const name = nameOf(tenantId, appId);
    const atOnce = (this.#inFlight.get(name) ?? 1) - 1;
    if (atOnce > 0) this.#inFlight.set(name, atOnce);
    else this.#inFlight.delete(name);
  }

  /** The app renewed a token: it fares well. Never throws: an answer is not to be lost over it, and the next one says the same. */
  async worked(tenantId: TenantId, appId: string): Promise<void> {
    this.#refusals.renewed(nameOf(tenantId, appId));
    this.#lastBackAt.delete(nameOf(tenantId, appId));
    await this.#answered(tenantId, appId);
  }

  /**
   * The app refused the grant of one user. It is there then, and knows its client; but one that refuses nearly everybody is in trouble itself.
   * @returns whether the circuit is open: the refusal is not believed yet
   */
  async refused(connection: FailedConnection & Pick<Connection, 'attempts'>, reason: string): Promise<boolean> {
    const { tenantId, appId, id, attempts } = connection;
    // Where the answer to an earlier presentation was lost, the refusal is what came of that.
    if (attempts === 0 && this.#refusals.refused(nameOf(tenantId, appId), id, this.clock.now()))
      return this.failed(connection, 'refusals', `It refuses nearly everybody, and is believed in an hour. ${reason}`);
    void this.#answered(tenantId, appId);
    return false;
  }

  async #answered(tenantId: TenantId, appId: string): Promise<void> {
    if (this.#provenAt.size >= ENTRIES) this.#provenAt.clear();
    this.#provenAt.set(nameOf(tenantId, appId), this.clock.now());
    await this.#close(tenantId, appId).catch((cause: unknown) =>
      this.#log.warn({ msg: 'That an app works again could not be noted.', cause }),
    );
  }

  /** Whatever was wrong has been changed, such as the client's secret: the next refresh tries it. */
  async reset(tenantId: TenantId, appId: string): Promise<void> {
    this.#circuits.forget(nameOf(tenantId, appId));
    await this.#close(tenantId, appId);
  }

  /** The apps of a tenant whose refreshes are paused, by their ids. */
  async paused(tenantId: TenantId): Promise<Map<string, PausedApp>> {
    const rows = await this.database.of(tenantId).query<PausedApp & { appId: string }>(
      `SELECT app_id AS "appId", reason, opened_at AS since, probe_at AS "nextProbeAt" FROM refresh_circuits
        WHERE tenant_id = $1 AND opened_at IS NOT NULL`,
      [tenantId],
    );
    return new Map(rows.map(({ appId, ...paused }) => [appId, paused]));
  }

  async #close(tenantId: TenantId, appId: string): Promise<void> {
    const name = nameOf(tenantId, appId);
    if (!(await this.#circuits.get(name))) return;
    this.#circuits.forget(name);
    await this.database.of(tenantId).transaction(async (tx) => {
      const [row] = await tx.query<{ openedAt: Date | null }>(
        `DELETE FROM refresh_circuits WHERE tenant_id = $1 AND app_id = $2 RETURNING opened_at AS "openedAt"`,
        [tenantId, appId],
      );
      if (row?.openedAt)
        await this.audit.record(tx, tenantId, { actor: SYSTEM_ACTOR, action: 'refresh.resumed', subject: appId });
    });
  }

  /** @returns whether the circuit is open: then the failure is nobody's but the app's */
  async failed({ tenantId, appId, id }: FailedConnection, kind: AppFailure, reason: string): Promise<boolean> {
    const name = nameOf(tenantId, appId);
    const now = this.clock.now();
    const opensAfter = kind === 'outage' ? OPENS_AFTER : 1;
    this.#provenAt.delete(name);
    this.#circuits.forget(name);
    return this.database.of(tenantId).transaction(async (tx) => {
      const [circuit] = await tx.query<Circuit>(
        `INSERT INTO refresh_circuits AS circuit (tenant_id, app_id, failing, reason) VALUES ($1, $2, ARRAY[$4::uuid], $3)
         ON CONFLICT (tenant_id, app_id) DO UPDATE SET reason = excluded.reason,
           failing = CASE WHEN circuit.opened_at IS NOT NULL OR $4 = ANY (circuit.failing) THEN circuit.failing
                          ELSE array_append(circuit.failing, $4) END
         RETURNING failing, opened_at AS "openedAt"`,
        [tenantId, appId, reason, id],
      );
      if (!circuit || circuit.openedAt) return circuit !== undefined;
      if (circuit.failing.length < opensAfter) return false;
      await tx.query(`UPDATE refresh_circuits SET opened_at = $3, probe_at = $4 WHERE tenant_id = $1 AND app_id = $2`, [
        tenantId,
        appId,
        now,
        secondsAfter(now, PROBE_SECONDS),
      ]);
      const details = { reason };
      await this.audit.record(tx, tenantId, { actor: SYSTEM_ACTOR, action: 'refresh.paused', subject: appId, details });
      return true;
    });
  }

  async #closedUntil(tenantId: TenantId, appId: string, now: Date): Promise<Date | null> {
    const circuit = await this.#circuits.get(nameOf(tenantId, appId));
    if (!circuit?.openedAt || !circuit.probeAt) return null;
    if (circuit.probeAt > now) return circuit.probeAt;
    const next = secondsAfter(now, PROBE_SECONDS);
    const [probe] = await this.database
      .of(tenantId)
      .query(
        `UPDATE refresh_circuits SET probe_at = $4 WHERE tenant_id = $1 AND app_id = $2 AND probe_at <= $3 RETURNING app_id`,
        [tenantId, appId, now, next],
      );
    this.#circuits.forget(nameOf(tenantId, appId));
    return probe ? null : next;
  }

  async #load(tenantId: TenantId, appId: string): Promise<Circuit | null> {
    const [row] = await this.database
      .of(tenantId)
      .query<Circuit>(
        `SELECT failing, opened_at AS "openedAt", probe_at AS "probeAt" FROM refresh_circuits WHERE tenant_id = $1 AND app_id = $2`,
        [tenantId, appId],
      );
    return row ?? null;
  }

  #backAt(name: string, from: Date, seconds: number): Date {
    const last = this.#lastBackAt.get(name) ?? from;
    const next = secondsAfter(last > from ? last : from, APART_SECONDS);
    if (this.#lastBackAt.size >= ENTRIES) this.#lastBackAt.clear();
    this.#lastBackAt.set(name, next);
    const soonest = spread(from, seconds);
    return next > soonest ? next : soonest;
  }

  #isProven(name: string, now: Date): boolean {
    const provenAt = this.#provenAt.get(name);
    return provenAt !== undefined && secondsAfter(provenAt, PROVEN_SECONDS) > now;
  }
}

function spread(from: Date, seconds: number): Date {
  return secondsAfter(from, seconds * (1 + Math.random()));
}

function nameOf(tenantId: TenantId, appId: string): string {
  return `${tenantId} ${appId}`;
}

function idsOf(name: string): [TenantId, string] {
  const [tenantId = '', appId = ''] = name.split(' ');
  return [tenantId as TenantId, appId];
}
