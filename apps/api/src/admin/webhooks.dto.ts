import { IsBoolean } from 'class-validator';
import type { LoggedDelivery, WebhookView } from '#libs/webhooks';

export class SwitchWebhookDto {
  @IsBoolean()
  enabled!: boolean;
}

/** Where it leads as far as its host: many such URLs are as good as a password. */
export function toOperatorsWebhook({ webhook, url }: WebhookView) {
  return {
    id: webhook.id,
    /** Null: its URL does not open any more. */
    origin: url === null ? null : new URL(url).origin,
    /** Null: all. */
    events: webhook.types,
    enabled: webhook.disabledAt === null,
    disabled_reason: webhook.disabledReason,
    disabled_at: webhook.disabledAt,
    failing_since: webhook.failingSince,
    paused_until: webhook.pausedUntil,
    created_at: webhook.createdAt,
  };
}

export function toOperatorsDelivery(delivery: LoggedDelivery) {
  return {
    id: delivery.id,
    event: delivery.type,
    subject: delivery.subject,
    sequence: delivery.sequence,
    status: delivery.state,
    attempts: delivery.attempts,
    response_status: delivery.responseStatus,
    error: delivery.error,
    created_at: delivery.createdAt,
    attempted_at: delivery.attemptedAt,
    next_attempt_at: delivery.dueAt,
  };
}
