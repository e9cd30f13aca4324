import { Injectable } from '@nestjs/common';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { Clock, Gathering } from '#libs/scheduling';
import type { RunWork } from './run-work.js';

/** Who is late passes no more than so many. */
const MOST_PASSED = 1000;
const MOST_AT_ONCE = 100;

/** A run that could not use its place in time, and has been given another one, at the end of the line. */
interface Late {
  work: Pick<RunWork, 'run' | 'app'>;
  lostAt: Date;
  bookedAt: Date;
  /** No place before that is of any use. */
  from: Date;
}

interface Place {
  id: string;
  slotAt: Date;
}

/** The places of runs in the line for calls of an app. */
@Injectable()
export class RunSlots {
  readonly #late = new Gathering<string, Late, Date>((_, late) => this.#exchange(late), MOST_AT_ONCE);
  /** Of those that were brought up and still wait: the places that they lost, and have. */
  readonly #up = new Map<string, { lostAt: Date; slotAt: Date }>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Brings a late run to the head of the line, behind those who lost their places before; the others move back by as many. Places change
   * hands and none is added: the app is called no more often than was booked.
   * @returns its place
   */
  moveUp(late: Late): Promise<Date> {
    const { run } = late.work;
    const line = [run.tenantId, run.appId, run.appVersion, isShared(late) || run.connectionId];
    return this.#late.add(line.join(' '), late);
  }

  async #exchange(late: Late[]): Promise<Date[]> {
    const now = this.clock.now();
    for (const [id, { slotAt }] of this.#up) if (slotAt < now) this.#up.delete(id);
    const lost = new Map([...this.#up].map(([id, { lostAt }]) => [id, lostAt]));
    for (const { work, lostAt } of late) lost.set(work.run.id, lostAt);
    const line = await this.#reorder(late, lost);
    for (const [id, lostAt] of lost) {
      const slotAt = line.get(id);
      if (slotAt) this.#up.set(id, { lostAt, slotAt });
    }
    return late.map(({ work, bookedAt }) => line.get(work.run.id) ?? bookedAt);
  }

  #reorder(late: readonly Late[], lost: ReadonlyMap<string, Date>): Promise<Map<string, Date>> {
    const [first] = late as [Late];
    return this.database.of(first.work.run.tenantId).transaction(async (tx) => {
      const waiting = await lockWaiting(tx, late);
      const booked = late.map(({ work, bookedAt }) => ({ id: work.run.id, slotAt: bookedAt }));
      const line = inOrder([...waiting, ...booked], lost);
      await move(tx, first.work.run.tenantId, waiting, line);
      return line;
    });
  }
}

/** The same places, for those first who lost one first. */
function inOrder(line: readonly Place[], lost: ReadonlyMap<string, Date>): Map<string, Date> {
  const slots = line.map(({ slotAt }) => slotAt).toSorted(byTime);
  const turnOf = ({ id, slotAt }: Place) => lost.get(id) ?? slotAt;
  const ordered = line.toSorted((one, other) => byTime(turnOf(one), turnOf(other)));
  return new Map(ordered.map(({ id, slotAt }, index) => [id, slots[index] ?? slotAt]));
}

/**
 * Those who wait, of the same connection and version: of them it is certain that they share a budget. One in a worker's hand keeps its
 * place.
 */
function lockWaiting(tx: Transaction, late: readonly Late[]): Promise<Place[]> {
  const [first] = late as [Late];
  const { tenantId, appId, appVersion, connectionId } = first.work.run;
  const from = latest(late.map((one) => one.from));
  const to = latest(late.map(({ bookedAt }) => bookedAt));
  return tx.query<Place>(
    `SELECT job.id, job.slot_at AS "slotAt"
       FROM run_jobs job JOIN runs run ON run.tenant_id = job.tenant_id AND run.id = job.id
      WHERE job.tenant_id = $1 AND job.app_id = $2 AND run.app_version = $3 AND ($4 OR run.connection_id IS NOT DISTINCT FROM $5::uuid)
        AND job.slot_at > $6 AND job.slot_at < $7 AND job.lease_owner IS NULL
      ORDER BY job.slot_at DESC LIMIT $8 FOR UPDATE OF job SKIP LOCKED`,
    [tenantId, appId, appVersion, isShared(first), connectionId, from, to, MOST_PASSED],
  );
}

async function move(
  tx: Transaction,
  tenantId: TenantId,
  waiting: readonly Place[],
  line: ReadonlyMap<string, Date>,
): Promise<void> {
  const moved = waiting.filter(({ id, slotAt }) => line.get(id)?.getTime() !== slotAt.getTime()).map(({ id }) => id);
  if (moved.length === 0) return;
  await tx.query(
    `UPDATE run_jobs job SET slot_at = place.at, due_at = LEAST(place.at, job.deadline)
       FROM unnest($2::uuid[], $3::timestamptz[]) AS place (id, at) WHERE job.tenant_id = $1 AND job.id = place.id`,
    [tenantId, moved, moved.map((id) => line.get(id))],
  );
}

function isShared({ work }: Late): boolean {
  return work.app.definition.rate?.per === 'client';
}

function latest(times: readonly Date[]): Date {
  return new Date(Math.max(...times.map((time) => time.getTime())));
}

function byTime(one: Date, other: Date): number {
  return one.getTime() - other.getTime();
}
