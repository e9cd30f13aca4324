import { Injectable } from '@nestjs/common';
import { Database, newId, type Queryable, type TenantId } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import type { EventType } from './event-type.js';
import type { Event, EventPayload } from './event.entity.js';
import { recording } from './recording.js';

/** Deliveries have what they need, and their own time. */
const KEPT_SECONDS = 7 * 86_400;

/** Sent with the commit, where there is something to deliver: these changes are rare, or come in batches. */
const NOTICE = `notice AS (SELECT pg_notify('gatehouse_webhook_deliveries', '') FROM delivery LIMIT 1)`;

export interface EventAbout {
  type: EventType;
  /** Id of what it happened to. */
  subject: string;
}

/** The outbox: what happened, written by the transaction in which it happened. */
@Injectable()
export class Events {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Runs a statement that changes the subject, and records the event with it: one round trip, and neither without the other.
   * @param change an INSERT or UPDATE that locks the subject's row and returns its next `sequence` and the `payload`
   * @returns false when it changed no row: nothing happened then
   */
  async recordWith(
    tx: Queryable,
    tenantId: TenantId,
    { type, subject }: EventAbout,
    change: string,
    parameters: readonly unknown[],
  ): Promise<boolean> {
    const own = [tenantId, newId(), type, subject, this.clock.now()];
    const [tenant, id, name, about, at] = own.map((_, index) => `$${parameters.length + index + 1}`);
    const happened = `SELECT ${tenant}::uuid, ${id}::uuid, ${name}::text, ${about}::uuid, sequence, payload, ${at}::timestamptz FROM changed`;
    const rows = await tx.query(
      `WITH changed AS (${change}), ${recording({ type, tenant: `${tenant}::uuid`, rows: happened })}, ${NOTICE}
       SELECT id, (SELECT count(*) FROM notice) FROM event`,
      [...parameters, ...own],
    );
    return rows.length > 0;
  }

  /**
   * Records what changed nothing of ours: it comes after whatever is on record of its subject. The first place is left free for what is recorded
   * with the subject's own end.
   */
  async record(tenantId: TenantId, { type, subject }: EventAbout, payload: EventPayload): Promise<void> {
    await this.database.of(tenantId).query(
      `INSERT INTO events (tenant_id, id, type, subject, sequence, payload, created_at)
       SELECT $1, $2, $3, $4, COALESCE(max(sequence), 1) + 1, $5, $6 FROM events WHERE tenant_id = $1 AND subject = $4`,
      [tenantId, newId(), type, subject, JSON.stringify(payload), this.clock.now()],
    );
  }

  /**
   * As `recordWith`, for a statement that changes several subjects in the same way.
   * @param about `before`: CTEs that the change names
   * @param change returns each one's `subject` too
   * @returns the subjects that it changed
   */
  async recordEachWith(
    tx: Queryable,
    tenantId: TenantId,
    { type, subjects, before }: { type: EventType; subjects: readonly string[]; before?: string },
    change: string,
    parameters: readonly unknown[],
  ): Promise<Set<string>> {
    const own = [tenantId, subjects.map(() => newId()), subjects, type, this.clock.now()];
    const [tenant, ids, about, name, at] = own.map((_, index) => `$${parameters.length + index + 1}`);
    const happened = `SELECT ${tenant}::uuid, named.id, ${name}::text, subject, sequence, payload, ${at}::timestamptz
      FROM changed JOIN unnest(${ids}::uuid[], ${about}::uuid[]) AS named (id, subject) USING (subject)`;
    const rows = await tx.query<{ subject: string }>(
      `WITH ${before === undefined ? '' : `${before}, `}changed AS (${change}),
            ${recording({ type, tenant: `${tenant}::uuid`, rows: happened })}, ${NOTICE}
       SELECT subject, (SELECT count(*) FROM notice) FROM event`,
      [...parameters, ...own],
    );
    return new Set(rows.map(({ subject }) => subject));
  }

  /** What happened to one subject, oldest first. */
  of(tenantId: TenantId, subject: string, limit = 100): Promise<Event[]> {
    return this.database.of(tenantId).query<Event>(
      `SELECT tenant_id AS "tenantId", id, type, subject, sequence, payload, created_at AS "createdAt" FROM events
        WHERE tenant_id = $1 AND subject = $2 ORDER BY sequence LIMIT $3`,
      [tenantId, subject, limit],
    );
  }

  /** Across tenants, for the retention loop. @returns how many it took */
  async deleteExpired(limit: number): Promise<number> {
    const rows = await this.database.overTenants.query(
      `DELETE FROM events WHERE (tenant_id, id) IN (
         SELECT tenant_id, id FROM events WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING id`,
      [secondsAfter(this.clock.now(), -KEPT_SECONDS), limit],
    );
    return rows.length;
  }
}
