import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { problem } from '#libs/errors';
import { DeliveryLog, deliveryStates, Webhooks, type DeliveryState, type Webhook } from '#libs/webhooks';
import type { ReplayDto } from './webhook.dto.js';
import { noWebhook } from './webhooks.controller.js';

interface Replayed {
  count: number;
  hasMore: boolean;
}

/** Having an endpoint told again, for whoever may ask for it. */
@Injectable()
export class DeliveryReplays {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly log: DeliveryLog,
    private readonly database: Database,
    private readonly audit: Audit,
  ) {}

  /**
   * @param at JSON Pointer of what was asked, within the body
   * @param operator goes on record with it; left out for the tenant itself
   * @throws Problem not_found, conflict, invalid
   */
  async replay(tenantId: TenantId, id: string, asked: ReplayDto, at: string, operator?: Actor): Promise<Replayed> {
    const { delivery, since } = asked;
    const webhook = enabled(await this.webhooks.findSealed(tenantId, id));
    if ((delivery === undefined) === (since === undefined))
      throw problem('invalid', 'Name one delivery, or the time since which all that failed are made again.', {
        source: { pointer: at },
      });
    return this.database.of(tenantId).transaction(async (tx) => {
      const replayed = await this.#again(tx, webhook, asked, `${at}/delivery`);
      const details = { of: delivery ?? `since ${since ?? ''}`, count: replayed.count };
      if (operator) {
        const entry = { actor: operator, action: 'webhook.replayed', subject: webhook.id, details } as const;
        await this.audit.record(tx, tenantId, entry);
      }
      return replayed;
    });
  }

  async #again(
    tx: Transaction,
    { tenantId, id }: Webhook,
    { delivery, since }: ReplayDto,
    pointer: string,
  ): Promise<Replayed> {
    if (delivery === undefined) return this.log.replayFailed(tenantId, id, new Date(since ?? ''), tx);
    const source = { source: { pointer } };
    const isReplayed = await this.log.replay(tenantId, id, delivery, tx);
    if (isReplayed === null)
      throw problem('not_found', 'There is no delivery with this id. GET …/deliveries lists them.', source);
    if (!isReplayed)
      throw problem('conflict', 'This delivery is being made at this moment. Ask again in half a minute.', source);
    return { count: 1, hasMore: false };
  }
}

/** @throws Problem not_found, conflict */
export function enabled(webhook: Webhook | null): Webhook {
  if (!webhook) throw noWebhook();
  if (webhook.disabledAt) throw problem('conflict', 'This webhook is disabled. Enable it first.');
  return webhook;
}

/** @throws Problem invalid */
export function deliveryStateOf(text: string | undefined): DeliveryState | undefined {
  const state = deliveryStates.find((known) => known === text);
  if (text === undefined || state) return state;
  throw problem('invalid', `status must be one of ${deliveryStates.join(', ')}.`, { source: { parameter: 'status' } });
}
