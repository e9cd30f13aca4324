import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsBoolean,
  IsIn,
  IsInt,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { subscribableTypes, type SubscribableType } from '#libs/events';
import type { LoggedDelivery, WebhookChanges, WebhookView } from '#libs/webhooks';
import { IsCallbackUrl } from '../admin/url-rules.js';
import { Optional } from '../http/optional.js';

const MAX_URL_LENGTH = 2048;
/** A week: nobody should need as long to tell a receiver its new secret. */
const MAX_OVERLAP_SECONDS = 604_800;

/** Null, or left out: all events, and those to come. */
function AreEvents(): PropertyDecorator {
  const rules = [
    ValidateIf((_dto: object, value: unknown) => value !== undefined && value !== null),
    IsIn(subscribableTypes, {
      each: true,
      message: `each of $property must be one of ${subscribableTypes.join(', ')}`,
    }),
    ArrayUnique(),
    ArrayMaxSize(subscribableTypes.length),
    ArrayNotEmpty(),
  ];
  return (target, property) => rules.forEach((rule) => rule(target, property));
}

/** RFC 3339, as all times of the wire. */
function IsInstant(): PropertyDecorator {
  const pattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
  return ValidateBy({
    name: 'isInstant',
    validator: {
      validate: (value) => typeof value === 'string' && pattern.test(value) && !Number.isNaN(Date.parse(value)),
      defaultMessage: () => '$property must be a time such as 2026-01-31T12:00:00Z',
    },
  });
}

export class CreateWebhookDto {
  @IsString()
  @MaxLength(MAX_URL_LENGTH)
  @IsCallbackUrl()
  url!: string;

  @AreEvents()
  events?: SubscribableType[] | null;
}

export class UpdateWebhookDto {
  @Optional()
  @IsString()
  @MaxLength(MAX_URL_LENGTH)
  @IsCallbackUrl()
  url?: string;

  @AreEvents()
  events?: SubscribableType[] | null;

  @Optional()
  @IsBoolean()
  enabled?: boolean;
}

export class ReplaceSecretDto {
  /** For how long the secrets of before are valid beside the new one: a day by default. */
  @Optional()
  @IsInt()
  @Min(0)
  @Max(MAX_OVERLAP_SECONDS)
  overlap_seconds?: number;
}

/** One of the two. */
export class ReplayDto {
  @Optional()
  @IsString()
  @MaxLength(64)
  delivery?: string;

  /** All that failed, of events since then. */
  @Optional()
  @IsInstant()
  since?: string;
}

/** `{"data":{…}}` as elsewhere on the wire, or the members alone; no body at all is an empty object. */
export function lenientWebhookBody(body: unknown): unknown {
  if (body === undefined || body === null) return { data: {} };
  if (typeof body !== 'object') return body;
  return Object.hasOwn(body, 'data') ? body : { data: body };
}

export function toWebhookChanges({ url, events, enabled }: UpdateWebhookDto): WebhookChanges {
  return {
    ...(url !== undefined && { url }),
    ...(events !== undefined && { types: events }),
    ...(enabled !== undefined && { isEnabled: enabled }),
  };
}

export function toWebhook({ webhook, url }: WebhookView) {
  return {
    type: 'webhook',
    id: webhook.id,
    /** Null: it does not open any more. */
    url,
    /** Null: all. */
    events: webhook.types,
    enabled: webhook.disabledAt === null,
    disabled_reason: webhook.disabledReason,
    disabled_at: webhook.disabledAt,
    failing_since: webhook.failingSince,
    created_at: webhook.createdAt,
  };
}

export function toDelivery(delivery: LoggedDelivery) {
  return {
    type: 'webhook_delivery',
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
