import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Config } from '#libs/config';
import { problem } from '#libs/errors';
import { DeliveryLog, deliveryStates, Webhooks, type DeliveryState, type WebhookView } from '#libs/webhooks';
import { cursorPage, toCursorPaging } from '../admin/cursor-page.js';
import { optionalParameter } from '../http/query.js';
import { CallerOf, type AppCaller } from './caller.js';
import { DataPipe } from './data-pipe.js';
import { Requires } from './requires.js';
import { lenientWebhookBody, ReplayDto, toDelivery } from './webhook.dto.js';
import { noWebhook } from './webhooks.controller.js';

const replay = new DataPipe(ReplayDto);

/** What an endpoint was told, and having it told again. */
@Controller('v2/webhooks/:id')
export class WebhookDeliveriesController {
  constructor(
    private readonly config: Config,
    private readonly webhooks: Webhooks,
    private readonly log: DeliveryLog,
  ) {}

  /** Newest first, for 30 days. */
  @Get('deliveries')
  @Requires('webhook:read', { of: 'app' })
  async list(
    @CallerOf() caller: AppCaller,
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
    @Req() { url }: FastifyRequest,
  ) {
    const { limit, before } = toCursorPaging(query, ['status']);
    const state = stateOf(optionalParameter(query, 'status'));
    const { webhook } = await this.#find(caller, id);
    const rows = await this.log.list(caller.tenantId, webhook.id, { state, before, limit: limit + 1 });
    const { shown, nextCursor } = cursorPage(rows, limit);
    const next = new URL(url, this.config.publicUrl);
    if (nextCursor !== null) next.searchParams.set('cursor', nextCursor);
    return {
      data: shown.map(toDelivery),
      links: { next: nextCursor === null ? null : next.href, prev: null },
      meta: { limit, next_cursor: nextCursor },
    };
  }

  /** One delivery, or all that failed since a time. They are made with all their attempts, under the ids that they had. */
  @Post('replay')
  @HttpCode(202)
  @Requires('webhook:write', { of: 'app' })
  async replay(@CallerOf() caller: AppCaller, @Param('id') id: string, @Body() body: unknown) {
    const { delivery, since } = await replay.transform(lenientWebhookBody(body));
    const { webhook } = enabled(await this.#find(caller, id));
    if ((delivery === undefined) === (since === undefined))
      throw problem('invalid', 'Name one delivery, or the time since which all that failed are made again.', {
        source: { pointer: '/data' },
      });
    if (delivery !== undefined) return this.#replayOne(caller, webhook.id, delivery);
    const { count, hasMore } = await this.log.replayFailed(caller.tenantId, webhook.id, new Date(since ?? ''));
    return { data: { type: 'webhook_replay', count, has_more: hasMore } };
  }

  /** Answers the id of a delivery like any other: how it went is in the log. */
  @Post('test')
  @HttpCode(202)
  @Requires('webhook:write', { of: 'app' })
  async test(@CallerOf() caller: AppCaller, @Param('id') id: string) {
    const { webhook } = enabled(await this.#find(caller, id));
    return { data: { type: 'webhook_delivery', id: await this.log.test(caller.tenantId, webhook.id) } };
  }

  async #replayOne({ tenantId }: AppCaller, webhookId: string, delivery: string) {
    const source = { source: { pointer: '/data/delivery' } };
    const isReplayed = await this.log.replay(tenantId, webhookId, delivery);
    if (isReplayed === null) throw problem('not_found', 'There is no delivery with this id.', source);
    if (!isReplayed) throw problem('conflict', 'This delivery is being made at this moment.', source);
    return { data: { type: 'webhook_replay', count: 1, has_more: false } };
  }

  async #find({ tenantId }: AppCaller, id: string): Promise<WebhookView> {
    const view = await this.webhooks.find(tenantId, id);
    if (!view) throw noWebhook();
    return view;
  }
}

function enabled(view: WebhookView): WebhookView {
  if (view.webhook.disabledAt) throw problem('conflict', 'This webhook is disabled. Enable it first.');
  return view;
}

function stateOf(text: string | undefined): DeliveryState | undefined {
  const state = deliveryStates.find((known) => known === text);
  if (text === undefined || state) return state;
  throw problem('invalid', `status is ${deliveryStates.join(', ')}.`, { source: { parameter: 'status' } });
}
