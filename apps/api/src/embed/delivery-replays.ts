import { Injectable } from '@nestjs/common';
import type { TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { DeliveryLog, deliveryStates, Webhooks, type DeliveryState, type Webhook } from '#libs/webhooks';
import type { ReplayDto } from './webhook.dto.js';
import { noWebhook } from './webhooks.controller.js';

/** Having an endpoint told again, for whoever may ask for it. */
@Injectable()
export class DeliveryReplays {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly log: DeliveryLog,
  ) {}

  /** @param at JSON Pointer of what was asked, within the body. @throws Problem not_found, conflict, invalid */
  async replay(
    tenantId: TenantId,
    id: string,
    { delivery, since }: ReplayDto,
    at: string,
  ): Promise<{ count: number; hasMore: boolean }> {
    const webhook = enabled(await this.webhooks.findSealed(tenantId, id));
    if ((delivery === undefined) === (since === undefined))
      throw problem('invalid', 'Name one delivery, or the time since which all that failed are made again.', {
        source: { pointer: at },
      });
    if (delivery === undefined) return this.log.replayFailed(tenantId, webhook.id, new Date(since ?? ''));
    const source = { source: { pointer: `${at}/delivery` } };
    const isReplayed = await this.log.replay(tenantId, webhook.id, delivery);
    if (isReplayed === null) throw problem('not_found', 'There is no delivery with this id.', source);
    if (!isReplayed) throw problem('conflict', 'This delivery is being made at this moment.', source);
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
  throw problem('invalid', `status is ${deliveryStates.join(', ')}.`, { source: { parameter: 'status' } });
}
