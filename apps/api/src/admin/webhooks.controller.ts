import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, UseGuards } from '@nestjs/common';
import type { Actor } from '#libs/audit';
import { Tenants } from '#libs/tenants';
import { DeliveryLog, Webhooks } from '#libs/webhooks';
import { DeliveryReplays, deliveryStateOf } from '../embed/delivery-replays.js';
import { ReplayDto } from '../embed/webhook.dto.js';
import { noWebhook } from '../embed/webhooks.controller.js';
import { BodyPipe } from '../http/body-pipe.js';
import { optionalParameter } from '../http/query.js';
import { AdminActor } from './actor.js';
import { AdminGuard } from './admin.guard.js';
import { cursorPage, toCursorPaging } from './cursor-page.js';
import { SwitchWebhookDto, toOperatorsDelivery, toOperatorsWebhook } from './webhooks.dto.js';

/** What a tenant's endpoints are told, and having them told again. The endpoints themselves are the tenant's to make. */
@Controller('admin/tenants/:slug/webhooks')
@UseGuards(AdminGuard)
export class AdminWebhooksController {
  constructor(
    private readonly tenants: Tenants,
    private readonly webhooks: Webhooks,
    private readonly log: DeliveryLog,
    private readonly replays: DeliveryReplays,
  ) {}

  /** All of them: there are few. */
  @Get()
  async list(@Param('slug') slug: string) {
    const { id } = await this.tenants.bySlug(slug);
    return { webhooks: (await this.webhooks.list(id)).map(toOperatorsWebhook) };
  }

  @Patch(':id')
  async switch(
    @Param('slug') slug: string,
    @Param('id') id: string,
    @Body(new BodyPipe(SwitchWebhookDto)) { enabled: isEnabled }: SwitchWebhookDto,
    @AdminActor() actor: Actor,
  ) {
    const { id: tenantId } = await this.tenants.bySlug(slug);
    if (!(await this.webhooks.change(tenantId, id, { isEnabled }, actor, 'operator'))) throw noWebhook();
    const view = await this.webhooks.find(tenantId, id);
    if (!view) throw noWebhook();
    return toOperatorsWebhook(view);
  }

  /** Newest first, for 30 days. */
  @Get(':id/deliveries')
  async deliveries(@Param('slug') slug: string, @Param('id') id: string, @Query() query: Record<string, unknown>) {
    const { limit, before } = toCursorPaging(query, ['status']);
    const state = deliveryStateOf(optionalParameter(query, 'status'));
    const { id: tenantId } = await this.tenants.bySlug(slug);
    const webhook = await this.webhooks.findSealed(tenantId, id);
    if (!webhook) throw noWebhook();
    const rows = await this.log.list(tenantId, webhook.id, { state, before, limit: limit + 1 });
    const { shown, nextCursor } = cursorPage(rows, limit);
    return { deliveries: shown.map(toOperatorsDelivery), next_cursor: nextCursor };
  }

  /** One delivery, or all that failed since a time. */
  @Post(':id/replay')
  @HttpCode(202)
  async replay(
    @Param('slug') slug: string,
    @Param('id') id: string,
    @Body(new BodyPipe(ReplayDto)) dto: ReplayDto,
    @AdminActor() actor: Actor,
  ) {
    const { id: tenantId } = await this.tenants.bySlug(slug);
    const { count, hasMore } = await this.replays.replay(tenantId, id, dto, '', actor);
    return { count, has_more: hasMore };
  }
}
