import { Injectable } from '@nestjs/common';
import { Database, asTenantId, newId, type Queryable, type Transaction } from '#libs/database';
import { Clock, FairClaims, WorkerPresence, secondsAfter, type ClaimedRow } from '#libs/scheduling';
import { AlteredSecretError, Vault } from '#libs/vault';
import { endpointPlace, type Endpoint } from './endpoint.js';
import type { WebhookDelivery } from './webhook-delivery.entity.js';

/** Longer than one attempt may take: 15 s and what is around it. */
const LEASE_SECONDS = 25;
/** Of one endpoint, in the hands of one worker: one that hangs keeps no other's deliveries waiting. */
const PER_ENDPOINT = 6;
/** One that waits for another looks again no sooner. */
const LOOK_SECONDS = 1;

const CLAIMED = 'tenant_id = $1 AND webhook_id = $2 AND id = $3 AND version = $4';
const RELEASE = 'lease_until = NULL, lease_owner = NULL, version = version + 1';

export type DeliveryRow = Pick<
  WebhookDelivery,
  'id' | 'type' | 'subject' | 'sequence' | 'payload' | 'createdAt' | 'attempts'
>;

interface FoundRow extends DeliveryRow {
  /** When an earlier one of the same subject is due, which goes first; null when there is none. */
  earlierDueAt: Date | null;
  /** Null when its webhook is gone. */
  webhookId: string | null;
  disabledAt: Date | null;
  pausedUntil: Date | null;
}

/** As a claimed delivery is to be treated. */
export type DueDelivery =
  | { kind: 'lost' | 'orphaned' | 'disabled' | 'altered' }
  | { kind: 'waits'; until: Date }
  | { kind: 'due'; delivery: DeliveryRow; endpoint: Endpoint };

/** What became of an attempt. */
export interface Attempt {
  /** Null when no answer came. */
  status: number | null;
  /** For people; null when it arrived. */
  error: string | null;
  /** Null: it is not tried again. */
  dueAt: Date | null;
  /** The endpoint asked for a pause. */
  pausedUntil: Date | null;
}

/** Deliveries that are to be made. A write names the claim's version: none is made by who lost its lease. */
@Injectable()
export class DueDeliveries {
  readonly #claims: FairClaims;
  readonly #presence: WorkerPresence;

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {
    const owner = newId();
    const table = 'webhook_deliveries';
    this.#claims = new FairClaims(database.overTenants, { table, owner, perTenant: PER_ENDPOINT });
    this.#presence = new WorkerPresence(database.overTenants, clock, { id: owner, tables: [table] });
  }

  beat(): void {
    this.#presence.beat();
  }

  async leave(): Promise<void> {
    await this.#presence.leave();
  }

  async claim(limit: number): Promise<ClaimedRow[]> {
    await this.#presence.arrive();
    const now = this.clock.now();
    return this.#claims.claim(now, secondsAfter(now, LEASE_SECONDS), limit);
  }

  /** To be called once for each claimed row, when it is done with. */
  handled({ turn }: ClaimedRow): void {
    this.#claims.done(turn);
  }

  async find(claim: ClaimedRow): Promise<DueDelivery> {
    // One statement: that none goes before it is true of the version that is claimed, and of no older one.
    const [row] = await this.database.of(claim.tenantId).query<FoundRow>(
      `SELECT delivery.id, type, subject, sequence, payload, delivery.created_at AS "createdAt", attempts, webhook.id AS "webhookId",
              disabled_at AS "disabledAt", paused_until AS "pausedUntil",
              (SELECT min(earlier.due_at) FROM webhook_deliveries earlier
                WHERE earlier.tenant_id = $1 AND earlier.webhook_id = $2 AND earlier.subject = delivery.subject
                  AND earlier.sequence < delivery.sequence AND earlier.due_at IS NOT NULL) AS "earlierDueAt"
         FROM webhook_deliveries delivery LEFT JOIN webhooks webhook ON webhook.tenant_id = $1 AND webhook.id = $2
        WHERE delivery.tenant_id = $1 AND webhook_id = $2 AND delivery.id = $3 AND version = $4`,
      keyOf(claim),
    );
    if (!row) return { kind: 'lost' };
    if (row.webhookId === null) return { kind: 'orphaned' };
    if (row.disabledAt) return { kind: 'disabled' };
    const now = this.clock.now();
    if (row.pausedUntil && row.pausedUntil > now) return { kind: 'waits', until: row.pausedUntil };
    if (row.earlierDueAt) return { kind: 'waits', until: latest(row.earlierDueAt, secondsAfter(now, LOOK_SECONDS)) };
    const endpoint = await this.#endpoint(claim);
    if (typeof endpoint === 'string') return { kind: endpoint };
    return { kind: 'due', delivery: row, endpoint };
  }

  /** Gives a claim back: nothing was sent, or not to where it is to go. */
  async postpone(claim: ClaimedRow, dueAt: Date, tx: Queryable = this.database.of(claim.tenantId)): Promise<void> {
    await tx.query(`UPDATE webhook_deliveries SET due_at = $5, ${RELEASE} WHERE ${CLAIMED}`, [...keyOf(claim), dueAt]);
  }

  /**
   * Locks the webhook of a claim, so that its URL stays what it is until the end of the transaction.
   * @returns since when it fails; undefined when it is no more, or leads elsewhere than where the call went
   */
  async lockCalled(
    { tenantId, turn }: ClaimedRow,
    { url }: Endpoint,
    tx: Transaction,
  ): Promise<{ failingSince: Date | null } | undefined> {
    const [row] = await tx.query<{ failingSince: Date | null }>(
      `SELECT failing_since AS "failingSince" FROM webhooks WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
      [tenantId, turn],
    );
    if (!row) return undefined;
    const held = await this.vault.get<Endpoint>(asTenantId(tenantId), endpointPlace(turn), tx);
    return held?.value.reveal().url === url ? row : undefined;
  }

  /** Whom it was for is gone. */
  async drop(claim: ClaimedRow): Promise<void> {
    await this.database.of(claim.tenantId).query(`DELETE FROM webhook_deliveries WHERE ${CLAIMED}`, keyOf(claim));
  }

  async delivered(claim: ClaimedRow, status: number): Promise<void> {
    await this.#settle(claim, { status, error: null, dueAt: null, pausedUntil: null }, 'delivered', 'attempts + 1');
  }

  /** Without an attempt: none can be made. It can be replayed. */
  async giveUp(claim: ClaimedRow, error: string): Promise<void> {
    await this.#settle(claim, { status: null, error, dueAt: null, pausedUntil: null }, 'failed', 'attempts');
  }

  async failed(claim: ClaimedRow, attempt: Attempt, tx: Transaction): Promise<void> {
    await this.#settle(claim, attempt, attempt.dueAt ? 'pending' : 'failed', 'attempts + 1', tx);
  }

  async #endpoint({ tenantId, turn }: ClaimedRow): Promise<Endpoint | 'orphaned' | 'altered'> {
    try {
      const held = await this.vault.get<Endpoint>(asTenantId(tenantId), endpointPlace(turn));
      return held?.value.reveal() ?? 'orphaned';
    } catch (error) {
      if (error instanceof AlteredSecretError) return 'altered';
      throw error;
    }
  }

  /**
   * Also makes the next one of the same subject due, when this was the last word on this one; and notes since when the endpoint fails, or that it
   * does no more.
   */
  async #settle(
    claim: ClaimedRow,
    { status, error, dueAt, pausedUntil }: Attempt,
    state: WebhookDelivery['state'],
    attempts: string,
    tx: Queryable = this.database.of(claim.tenantId),
  ): Promise<void> {
    await tx.query(
      `WITH settled AS (
         UPDATE webhook_deliveries SET state = $5::text, attempts = ${attempts}, attempted_at = $6::timestamptz, response_status = $7, error = $8,
                due_at = $9::timestamptz, ${RELEASE}
          WHERE ${CLAIMED} RETURNING subject, sequence),
       next AS (
         UPDATE webhook_deliveries SET due_at = $6::timestamptz, ${RELEASE}
          WHERE tenant_id = $1 AND webhook_id = $2 AND due_at IS NOT NULL AND $9::timestamptz IS NULL AND id = (
            SELECT later.id FROM webhook_deliveries later JOIN settled USING (subject)
             WHERE later.tenant_id = $1 AND later.webhook_id = $2 AND later.due_at IS NOT NULL AND later.sequence > settled.sequence
             ORDER BY later.sequence LIMIT 1))
       UPDATE webhooks SET failing_since = CASE WHEN $5::text = 'delivered' THEN NULL ELSE COALESCE(failing_since, $6::timestamptz) END,
              paused_until = COALESCE($10::timestamptz, paused_until)
        WHERE tenant_id = $1 AND id = $2 AND disabled_at IS NULL AND EXISTS (SELECT 1 FROM settled)
          AND (($5::text = 'delivered') = (failing_since IS NOT NULL) OR $10::timestamptz IS NOT NULL)`,
      [...keyOf(claim), state, this.clock.now(), status, error, dueAt, pausedUntil],
    );
  }
}

function keyOf({ tenantId, turn, id, version }: ClaimedRow): unknown[] {
  return [tenantId, turn, id, version];
}

function latest(one: Date, other: Date): Date {
  return one > other ? one : other;
}
