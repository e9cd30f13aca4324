import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Config } from '#libs/config';
import { DeliveryLog, Webhooks } from '#libs/webhooks';
import { cursorPage, toCursorPaging } from '../admin/cursor-page.js';
import { optionalParameter } from '../http/query.js';
import { CallerOf, type AppCaller } from './caller.js';
import { DataPipe } from './data-pipe.js';
import { DeliveryReplays, deliveryStateOf, enabled } from './delivery-replays.js';
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
    private readonly replays: DeliveryReplays,
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
    const state = deliveryStateOf(optionalParameter(query, 'status'));
    const webhook = await this.webhooks.findSealed(caller.tenantId, id);
    if (!webhook) throw noWebhook();
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
    const asked = await replay.transform(lenientWebhookBody(body));
    const { count, hasMore } = await this.replays.replay(caller.tenantId, id, asked, '/data');
    return { data: { type: 'webhook_replay', count, has_more: hasMore } };
  }

  /** Answers the id of a delivery like any other: how it went is in the log. */
  @Post('test')
  @HttpCode(202)
  @Requires('webhook:write', { of: 'app' })
  async test(@CallerOf() caller: AppCaller, @Param('id') id: string) {
    const webhook = enabled(await this.webhooks.findSealed(caller.tenantId, id));
    return { data: { type: 'webhook_delivery', id: await this.log.test(caller.tenantId, webhook.id) } };
  }
}
