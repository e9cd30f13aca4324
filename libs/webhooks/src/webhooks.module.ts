import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '#libs/audit';
import { EventsModule } from '#libs/events';
import { VaultModule } from '#libs/vault';
import { DeliveryAttempts } from './delivery-attempts.js';
import { DeliveryLog } from './delivery-log.store.js';
import { DeliveryWorker } from './delivery-worker.js';
import { DueDeliveries } from './due-deliveries.store.js';
import { WebhookDelivery } from './webhook-delivery.entity.js';
import { WebhookDisabling } from './webhook-disabling.js';
import { Webhook } from './webhook.entity.js';
import { Webhooks } from './webhooks.store.js';

@Module({
  imports: [TypeOrmModule.forFeature([Webhook, WebhookDelivery]), AuditModule, EventsModule, VaultModule],
  providers: [Webhooks, DeliveryLog, DueDeliveries, DeliveryAttempts, WebhookDisabling, DeliveryWorker],
  exports: [Webhooks, DeliveryLog, DeliveryWorker],
})
export class WebhooksModule {}
