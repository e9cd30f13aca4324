import { Injectable } from '@nestjs/common';
import { Audit, type Actor, type AuditAction, type AuditDetails } from '#libs/audit';
import { Secret } from '#libs/crypto';
import { Database, isUuid, newId, type TenantId, type Transaction } from '#libs/database';
import { problem } from '#libs/errors';
import type { SubscribableType } from '#libs/events';
import { Clock, secondsAfter } from '#libs/scheduling';
import { AlteredSecretError, Vault } from '#libs/vault';
import { DeliveryLog } from './delivery-log.store.js';
import { ENDPOINT, endpointPlace, withNewSecret, type Endpoint } from './endpoint.js';
import type { Webhook, WebhookParty } from './webhook.entity.js';
import { webhookColumns } from './webhook-rows.js';
import { newWebhookSecret } from './webhook-signature.js';

/** Of one tenant: all of them together, hanging, leave most places of a worker to the others. */
const MOST_OF_TENANT = 10;
/** Each of them signs every delivery. */
const MOST_SECRETS = 5;

const UNOPENED = 'The URL and the secrets of this webhook do not open any more. Make another in its place.';
const ANEW = 'failing_since = NULL, paused_until = NULL';

export interface WebhookView {
  webhook: Webhook;
  /** Null: what the vault holds of it does not open. */
  url: string | null;
}

export interface WebhookChanges {
  url?: string;
  /** Null: all. */
  types?: SubscribableType[] | null;
  isEnabled?: boolean;
}

/** A tenant's endpoints. */
@Injectable()
export class Webhooks {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly log: DeliveryLog,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem conflict when the tenant has as many as it may */
  async create(
    tenantId: TenantId,
    { url, types }: { url: string; types: SubscribableType[] | null },
    actor: Actor,
  ): Promise<{ id: string; secret: Secret<string> }> {
    const id = newId();
    const secret = newWebhookSecret();
    await this.database.of(tenantId).transaction(async (tx) => {
      // Two at once would each see room for one more.
      await tx.query(`SELECT 1 FROM tenants WHERE id = $1 FOR NO KEY UPDATE`, [tenantId]);
      const rows = await tx.query(
        `INSERT INTO webhooks (tenant_id, id, types, created_at)
         SELECT $1, $2, $3, $4 WHERE (SELECT count(*) FROM webhooks WHERE tenant_id = $1) < $5 RETURNING id`,
        [tenantId, id, types, this.clock.now(), MOST_OF_TENANT],
      );
      if (rows.length === 0)
        throw problem('conflict', `A tenant has ${MOST_OF_TENANT} webhooks at most. Delete one that nothing needs.`);
      const endpoint: Endpoint = { url, secrets: [{ secret: secret.reveal(), until: null }] };
      await this.vault.put(tenantId, endpointPlace(id), new Secret(endpoint), tx);
      await this.#record(tx, tenantId, id, actor, 'webhook.created', { events: listed(types) });
    });
    return { id, secret };
  }

  /** Oldest first. */
  async list(tenantId: TenantId): Promise<WebhookView[]> {
    const webhooks = await this.database
      .of(tenantId)
      .query<Webhook>(`SELECT ${webhookColumns} FROM webhooks WHERE tenant_id = $1 ORDER BY id`, [tenantId]);
    return this.#withUrls(tenantId, webhooks);
  }

  /** @param id any text: one that is not a uuid is nobody's */
  async find(tenantId: TenantId, id: string): Promise<WebhookView | null> {
    const webhook = await this.findSealed(tenantId, id);
    if (!webhook) return null;
    const [view] = await this.#withUrls(tenantId, [webhook]);
    return view ?? null;
  }

  /** As `find`, for who needs no URL: the vault is not asked. */
  async findSealed(tenantId: TenantId, id: string): Promise<Webhook | null> {
    if (!isUuid(id)) return null;
    const [webhook] = await this.database
      .of(tenantId)
      .query<Webhook>(`SELECT ${webhookColumns} FROM webhooks WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    return webhook ?? null;
  }

  /**
   * One that is switched on, or leads elsewhere, begins anew: what it did before is forgotten. A new URL switches nothing on.
   * @param party on whose side the actor is
   * @returns false when there is no such webhook
   * @throws Problem conflict for another URL where that of before does not open
   */
  async change(
    tenantId: TenantId,
    id: string,
    changes: WebhookChanges,
    actor: Actor,
    party: WebhookParty,
  ): Promise<boolean> {
    const { url, types, isEnabled } = changes;
    return this.#update(tenantId, id, async (tx) => {
      if (types !== undefined)
        await tx.query(`UPDATE webhooks SET types = $3 WHERE tenant_id = $1 AND id = $2`, [tenantId, id, types]);
      if (url !== undefined) await this.#move(tx, tenantId, id, url);
      if (isEnabled !== undefined)
        await (isEnabled ? this.#enable(tx, tenantId, id) : this.#disable(tx, tenantId, id, party));
      const details = {
        ...(types !== undefined && { events: listed(types) }),
        ...(isEnabled !== undefined && { enabled: isEnabled }),
        // Not where it leads: the URL is a secret.
        ...(url !== undefined && { url: 'changed' }),
      };
      await this.#record(tx, tenantId, id, actor, 'webhook.changed', details);
    });
  }

  /**
   * A new secret, beside which those of before are valid for `overlapSeconds` more.
   * @returns null when there is no such webhook
   * @throws Problem conflict when too many are valid already, or do not open
   */
  async replaceSecret(
    tenantId: TenantId,
    id: string,
    overlapSeconds: number,
    actor: Actor,
  ): Promise<{ secret: Secret<string>; othersUntil: Date } | null> {
    const secret = newWebhookSecret();
    const now = this.clock.now();
    const othersUntil = secondsAfter(now, overlapSeconds);
    const isDone = await this.#update(tenantId, id, async (tx) => {
      await this.#replace(tx, tenantId, id, (endpoint) => {
        const renewed = withNewSecret(endpoint, secret.reveal(), now, othersUntil);
        if (renewed.secrets.length > MOST_SECRETS)
          throw problem(
            'conflict',
            `${MOST_SECRETS} secrets are valid already. Wait for the end of an overlap, or ask with overlap_seconds 0.`,
          );
        return renewed;
      });
      const details = { overlap_seconds: overlapSeconds };
      await this.#record(tx, tenantId, id, actor, 'webhook.secret_replaced', details);
    });
    return isDone ? { secret, othersUntil } : null;
  }

  /** What is still to be told is not told any more; the rest of its log goes with time. @returns false when there was none */
  async remove(tenantId: TenantId, id: string, actor: Actor): Promise<boolean> {
    return this.#update(tenantId, id, async (tx) => {
      await tx.query(`DELETE FROM webhooks WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
      await this.vault.forget(tenantId, { kind: 'webhook', rowId: id }, tx);
      await this.#record(tx, tenantId, id, actor, 'webhook.deleted', {});
    });
  }

  /** How the URL of before fared is no reason to leave this one alone. */
  async #move(tx: Transaction, tenantId: TenantId, id: string, url: string): Promise<void> {
    await this.#replace(tx, tenantId, id, (endpoint) => ({ ...endpoint, url }));
    await tx.query(`UPDATE webhooks SET ${ANEW} WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    await this.log.hasten(tenantId, id, tx);
  }

  #enable(tx: Transaction, tenantId: TenantId, id: string): Promise<unknown> {
    return tx.query(
      `UPDATE webhooks SET disabled_at = NULL, disabled_reason = NULL, ${ANEW}
        WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id],
    );
  }

  /** One that is disabled already stays as it is. */
  #disable(tx: Transaction, tenantId: TenantId, id: string, party: WebhookParty): Promise<unknown> {
    return tx.query(
      `UPDATE webhooks SET disabled_at = $3, disabled_reason = $4 WHERE tenant_id = $1 AND id = $2 AND disabled_at IS NULL`,
      [tenantId, id, this.clock.now(), party],
    );
  }

  /** Under the lock of its row. */
  async #update(tenantId: TenantId, id: string, work: (tx: Transaction) => Promise<void>): Promise<boolean> {
    if (!isUuid(id)) return false;
    return this.database.of(tenantId).commitIf(async (tx) => {
      const [row] = await tx.query(`SELECT 1 FROM webhooks WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, [
        tenantId,
        id,
      ]);
      if (!row) return false;
      await work(tx);
      return true;
    });
  }

  async #replace(
    tx: Transaction,
    tenantId: TenantId,
    id: string,
    change: (endpoint: Endpoint) => Endpoint,
  ): Promise<void> {
    const held = await this.#open(tx, tenantId, id);
    if (!held) throw problem('not_found', 'There is no webhook with this id. GET …/webhooks lists them.');
    await this.vault.put(tenantId, endpointPlace(id), new Secret(change(held)), tx);
  }

  /** @throws Problem conflict */
  async #open(tx: Transaction, tenantId: TenantId, id: string): Promise<Endpoint | null> {
    try {
      const held = await this.vault.get<Endpoint>(tenantId, endpointPlace(id), tx);
      return held?.value.reveal() ?? null;
    } catch (error) {
      if (!(error instanceof AlteredSecretError)) throw error;
      throw problem('conflict', UNOPENED, { cause: error });
    }
  }

  async #withUrls(tenantId: TenantId, webhooks: readonly Webhook[]): Promise<WebhookView[]> {
    const ids = webhooks.map(({ id }) => id);
    const endpoints = await this.vault.many.get<Endpoint>(tenantId, ENDPOINT, ids);
    return webhooks.map((webhook) => {
      const held = endpoints.get(webhook.id);
      return { webhook, url: held && 'value' in held ? held.value.reveal().url : null };
    });
  }

  #record(
    tx: Transaction,
    tenantId: TenantId,
    id: string,
    actor: Actor,
    action: AuditAction,
    details: AuditDetails,
  ): Promise<void> {
    return this.audit.record(tx, tenantId, { actor, action, subject: id, details });
  }
}

function listed(types: readonly SubscribableType[] | null): string {
  return types === null ? 'all' : types.join(' ');
}
