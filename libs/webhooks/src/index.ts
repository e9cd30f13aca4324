export { DeliveryLog, type LoggedDelivery } from './delivery-log.store.js';
export { DeliveryWorker } from './delivery-worker.js';
export { deliveryStates, WebhookDelivery, type DeliveryState } from './webhook-delivery.entity.js';
export { Webhook, type WebhookParty } from './webhook.entity.js';
export { Webhooks, type WebhookChanges, type WebhookView } from './webhooks.store.js';
export { WebhooksModule } from './webhooks.module.js';
