import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { paceOf, type CallPace } from './call-pace.js';
import { UpstreamError } from './upstream-error.js';
import type { UpstreamRequest } from './upstream-request.js';
import type { Upstream } from './upstream.entity.js';

/** So long is waited for a place. A person, and whoever waited before, stand before workers that come for the first time. */
const PATIENT_SECONDS = 5;
const WORKER_SECONDS = 2;
/** Of those who wait in an order of their own: a person still finds a place behind them. */
const LINE_SECONDS = 3;
const KEPT_SECONDS = 86_400;
const MAX_PROMISES = 10_000;

type Bucket = CallPace & { name: string };

/** Zapier's limit of an address: 60 calls a minute (protocol.md §6.2). */
const USUAL = paceOf(60, 60);

interface Booking {
  /** Seconds since the epoch. */
  at: number;
  isBooked: boolean;
}

/**
 * How often an upstream may be called: from our address, and by one partner, whichever comes first; by all processes and tenants together. A
 * call takes its place in both at once.
 */
@Injectable()
export class UpstreamBudgets {
  /** By upstream: the last time at which a worker was told to come back. The next one comes after it. */
  readonly #promised = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Resolves when the call may be made. @throws UpstreamError `throttled` when that is too far off */
  async take(
    upstream: Upstream,
    caller: Pick<UpstreamRequest, 'urgency' | 'isReturning' | 'keepsLine'>,
  ): Promise<void> {
    const now = this.#seconds();
    const buckets = bucketsOf(upstream);
    const isPromised = caller.urgency === 'worker' && caller.keepsLine !== true;
    const latest = now + patienceOf(caller);
    const promised = this.#promised.get(upstream.id) ?? 0;
    if (isPromised && caller.isReturning !== true && promised > latest)
      throw this.#throttled(upstream, this.#promise(upstream, promised, buckets));
    const { at, isBooked } = await this.#book(buckets, now, latest);
    if (isBooked) {
      if (at <= now) return;
      await wait((at - now) * 1000);
      const pausedUntil = await this.#pausedUntil(buckets);
      if (pausedUntil <= at) return;
      // It answered somebody else 429 meanwhile.
      throw this.#throttled(upstream, isPromised ? this.#promise(upstream, pausedUntil, buckets) : pausedUntil);
    }
    if (caller.keepsLine === true) throw this.#throttled(upstream, at - LINE_SECONDS);
    throw this.#throttled(upstream, isPromised ? this.#promise(upstream, at, buckets) : at);
  }

  /** It answered 429: nobody calls it before `until`. */
  async pause(upstream: Upstream, until: Date): Promise<void> {
    await this.database.shared.query(
      `INSERT INTO upstream_budgets AS budget (bucket, booked_until, paused_until)
       SELECT bucket, 0, $2 FROM unnest($1::text[]) AS bucket ORDER BY bucket
       ON CONFLICT (bucket) DO UPDATE SET paused_until = GREATEST(excluded.paused_until, budget.paused_until)`,
      [bucketsOf(upstream).map(({ name }) => name), until.getTime() / 1000],
    );
  }

  /** For the retention loop: those that nobody has used for a day. @returns how many it took */
  async deleteExpired(limit: number): Promise<number> {
    const rows = await this.database.shared.query(
      `DELETE FROM upstream_budgets WHERE bucket IN (
         SELECT bucket FROM upstream_budgets
          WHERE booked_until < $1 AND (paused_until IS NULL OR paused_until < $1) LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING bucket`,
      [this.#seconds() - KEPT_SECONDS, limit],
    );
    return rows.length;
  }

  async #book(buckets: readonly Bucket[], now: number, latest: number): Promise<Booking> {
    for (;;) {
      const booking = await this.#bookHeld(buckets, now, latest);
      if (booking) return booking;
      await this.database.shared.query(
        `INSERT INTO upstream_budgets (bucket, booked_until) SELECT bucket, 0 FROM unnest($1::text[]) AS bucket ORDER BY bucket
         ON CONFLICT (bucket) DO NOTHING`,
        [buckets.map(({ name }) => name)],
      );
    }
  }

  /**
   * The place is the first that all buckets have free, and is booked in all or in none. They are locked in one order.
   * @returns null when one of them has no row yet
   */
  async #bookHeld(buckets: readonly Bucket[], now: number, latest: number): Promise<Booking | null> {
    const [row] = await this.database.shared.query<{ at: number; held: number; booked: number }>(
      `WITH asked AS (
         SELECT * FROM unnest($1::text[], $2::float8[], $3::float8[]) AS asked (bucket, every, tolerance)),
       held AS MATERIALIZED (
         SELECT bucket, booked_until, paused_until FROM upstream_budgets WHERE bucket = ANY ($1) ORDER BY bucket FOR UPDATE),
       place AS MATERIALIZED (
         SELECT GREATEST($4::float8, max(held.booked_until - asked.tolerance), max(held.paused_until)) AS at, count(*)::int AS held
           FROM held JOIN asked USING (bucket)),
       booked AS (
         UPDATE upstream_budgets budget SET booked_until = GREATEST(budget.booked_until, place.at) + asked.every
           FROM place, asked
          WHERE budget.bucket = asked.bucket AND place.at <= $5 AND place.held = cardinality($1::text[])
         RETURNING budget.bucket)
       SELECT at, held, (SELECT count(*)::int FROM booked) AS booked FROM place`,
      [
        buckets.map(({ name }) => name),
        buckets.map(({ everySeconds }) => everySeconds),
        buckets.map(({ toleranceSeconds }) => toleranceSeconds),
        now,
        latest,
      ],
    );
    if (!row || row.held < buckets.length) return null;
    return { at: row.at, isBooked: row.booked > 0 };
  }

  async #pausedUntil(buckets: readonly Bucket[]): Promise<number> {
    const [row] = await this.database.shared.query<{ until: number | null }>(
      `SELECT max(paused_until) AS until FROM upstream_budgets WHERE bucket = ANY ($1)`,
      [buckets.map(({ name }) => name)],
    );
    return row?.until ?? 0;
  }

  /** Workers come back one after the other, as places become free, and not all at once. */
  #promise({ id }: Upstream, from: number, buckets: readonly Bucket[]): number {
    const every = Math.max(...buckets.map(({ everySeconds }) => everySeconds));
    const at = Math.max(from, (this.#promised.get(id) ?? 0) + every);
    if (this.#promised.size >= MAX_PROMISES) this.#promised.clear();
    this.#promised.set(id, at);
    return at;
  }

  #throttled({ title }: Upstream, atSeconds: number): UpstreamError {
    const at = new Date(Math.ceil(atSeconds * 1000));
    return new UpstreamError('throttled', `${title} may not be called so often.`, { at });
  }

  #seconds(): number {
    return this.clock.now().getTime() / 1000;
  }
}

function patienceOf({
  urgency,
  isReturning,
  keepsLine,
}: Pick<UpstreamRequest, 'urgency' | 'isReturning' | 'keepsLine'>) {
  if (keepsLine === true) return LINE_SECONDS;
  return urgency === 'worker' && isReturning !== true ? WORKER_SECONDS : PATIENT_SECONDS;
}

/**
 * A host counts by address all that we call there, whoever's it is. What one tenant's operator sets lower than is usual holds for that upstream
 * alone: nobody slows down the others.
 */
function bucketsOf({ id, apiUrl, clientId, callsPerAddress, callsPerPartner, windowSeconds }: Upstream): Bucket[] {
  const { host } = new URL(apiUrl);
  const own = paceOf(callsPerAddress, windowSeconds);
  const isSlower = own.everySeconds > USUAL.everySeconds;
  return [
    { name: `address ${host}`, ...(isSlower ? USUAL : own) },
    ...(isSlower ? [{ name: `upstream ${id}`, ...own }] : []),
    { name: `partner ${host} ${clientId}`, ...paceOf(callsPerPartner, windowSeconds) },
  ];
}
