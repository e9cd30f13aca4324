import { Injectable } from '@nestjs/common';
import { Database, Wakeups, isUuid, newId, type TenantId, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import type { DeliveryState, WebhookDelivery } from './webhook-delivery.entity.js';

const KEPT_SECONDS = 30 * 86_400;
/** Of one replay, or of what a new URL is told at once: so many as one statement may take. */
const MOST_REPLAYED = 10_000;

export type LoggedDelivery = Omit<WebhookDelivery, 'payload' | 'leaseUntil' | 'leaseOwner' | 'version'>;

interface LogFilter {
  state?: DeliveryState | undefined;
  /** A uuid: only deliveries of older events than this one. */
  before?: string | undefined;
  limit: number;
}

const AGAIN = `state = 'pending', attempts = 0, due_at = $3::timestamptz, lease_until = NULL, lease_owner = NULL, version = version + 1`;

/** What an endpoint was told, and is still to be told. */
@Injectable()
export class DeliveryLog {
  constructor(
    private readonly database: Database,
    private readonly wakeups: Wakeups,
    private readonly clock: Clock,
  ) {}

  /** Newest first. */
  list(tenantId: TenantId, webhookId: string, { state, before, limit }: LogFilter): Promise<LoggedDelivery[]> {
    return this.database.of(tenantId).query<LoggedDelivery>(
      `SELECT tenant_id AS "tenantId", webhook_id AS "webhookId", id, type, subject, sequence, created_at AS "createdAt", state, attempts,
              attempted_at AS "attemptedAt", response_status AS "responseStatus", error, due_at AS "dueAt"
         FROM webhook_deliveries
        WHERE tenant_id = $1 AND webhook_id = $2 AND ($3::text IS NULL OR state = $3) AND ($4::uuid IS NULL OR id < $4)
        ORDER BY id DESC LIMIT $5`,
      [tenantId, webhookId, state ?? null, before ?? null, limit],
    );
  }

  /**
   * One delivery once more, with all its attempts, whatever became of it before.
   * @param id any text
   * @returns null when there is no such delivery; false when it is under way at this moment
   */
  async replay(tenantId: TenantId, webhookId: string, id: string, tx: Transaction): Promise<boolean | null> {
    if (!isUuid(id)) return null;
    const [row] = await this.#again(
      `id = $4 AND (lease_until IS NULL OR lease_until <= $3::timestamptz)`,
      tenantId,
      webhookId,
      id,
      tx,
    );
    if (row) return true;
    const [known] = await tx.query(
      `SELECT 1 FROM webhook_deliveries WHERE tenant_id = $1 AND webhook_id = $2 AND id = $3`,
      [tenantId, webhookId, id],
    );
    return known ? false : null;
  }

  /** Those that failed, of events since then: the oldest first, so many as one statement may take. @returns how many */
  async replayFailed(
    tenantId: TenantId,
    webhookId: string,
    since: Date,
    tx: Transaction,
  ): Promise<{ count: number; hasMore: boolean }> {
    const failed = `id IN (SELECT id FROM webhook_deliveries WHERE tenant_id = $1 AND webhook_id = $2 AND state = 'failed'
      AND created_at >= $4 ORDER BY id LIMIT ${MOST_REPLAYED} FOR UPDATE SKIP LOCKED)`;
    const rows = await this.#again(failed, tenantId, webhookId, since, tx);
    return { count: rows.length, hasMore: rows.length === MOST_REPLAYED };
  }

  /** What waits for its time, or for the end of a pause, begins anew and at once: the oldest first, so many as one statement may take. */
  async hasten(tenantId: TenantId, webhookId: string, tx: Transaction): Promise<void> {
    // One that is under way is passed over: it is made again if that attempt fails.
    const waiting = `id IN (SELECT id FROM webhook_deliveries WHERE tenant_id = $1 AND webhook_id = $2 AND state = $4
      AND due_at > $3::timestamptz AND lease_until IS NULL ORDER BY id LIMIT ${MOST_REPLAYED} FOR UPDATE SKIP LOCKED)`;
    await this.#again(waiting, tenantId, webhookId, 'pending', tx);
  }

  /** Something to be told that nothing happened for. It waits for nothing else. @returns the id that the endpoint will see */
  async test(tenantId: TenantId, webhookId: string): Promise<string> {
    const id = newId();
    await this.database.of(tenantId).transaction(async (tx) => {
      await tx.query(
        `INSERT INTO webhook_deliveries (tenant_id, webhook_id, id, type, subject, sequence, payload, created_at, due_at)
         VALUES ($1, $2, $3, 'webhook.test', $3, 1, jsonb_build_object('webhook', $2::uuid), $4, $4)`,
        [tenantId, webhookId, id, this.clock.now()],
      );
      await this.wakeups.notify(tx, 'webhook_deliveries');
    });
    return id;
  }

  /** Across tenants, for the retention loop. @returns how many it took */
  async deleteExpired(limit: number): Promise<number> {
    const rows = await this.database.overTenants.query(
      `DELETE FROM webhook_deliveries WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM webhook_deliveries WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))
       RETURNING id`,
      [secondsAfter(this.clock.now(), -KEPT_SECONDS), limit],
    );
    return rows.length;
  }

  async #again(
    condition: string,
    tenantId: TenantId,
    webhookId: string,
    value: unknown,
    tx: Transaction,
  ): Promise<unknown[]> {
    const rows = await tx.query(
      `UPDATE webhook_deliveries SET ${AGAIN} WHERE tenant_id = $1 AND webhook_id = $2 AND ${condition} RETURNING id`,
      [tenantId, webhookId, this.clock.now(), value],
    );
    if (rows.length > 0) await this.wakeups.notify(tx, 'webhook_deliveries');
    return rows;
  }
}
