import { subscribableTypes } from '#libs/events';
import { deliveryStates } from '#libs/webhooks';
import type { DeclaredOperations } from '../declared-operation.js';
import { flag, list, named, object, oneOf, orNull, text, time, uuid, whole } from '../schema.js';
import { CreateWebhookDto, ReplaceSecretDto, ReplayDto, UpdateWebhookDto } from '../../embed/webhook.dto.js';
import { cursorPaging, one, page, paging } from './paging.js';

const attempt = named(
  'ConnectAttempt',
  object({
    type: oneOf('connect_attempt'),
    id: uuid,
    state: oneOf('issued', 'opened', 'consenting', 'pending', 'connected', 'failed', 'abandoned'),
    authentication: orNull(uuid),
    error: orNull(text),
    created_at: time,
  }),
);
const linkMembers = {
  type: oneOf('connect_link'),
  id: uuid,
  app: uuid,
  status: text,
  user_title: orNull(text),
  redirect_uri: orNull(text),
  reconnect_id: orNull(text),
  opened: whole,
  created_at: time,
  expires_at: time,
};
const link = named('ConnectLink', object(linkMembers));

const webhookMembers = {
  type: oneOf('webhook'),
  id: uuid,
  url: orNull(text),
  events: orNull(list(oneOf(...subscribableTypes))),
  enabled: flag,
  disabled_reason: orNull(text),
  disabled_at: orNull(time),
  failing_since: orNull(time),
  created_at: time,
};
const webhook = named('Webhook', object(webhookMembers));
const delivery = named(
  'WebhookDelivery',
  object({
    type: oneOf('webhook_delivery'),
    id: uuid,
    event: text,
    subject: text,
    sequence: whole,
    status: oneOf(...deliveryStates),
    attempts: whole,
    response_status: orNull(whole),
    error: orNull(text),
    created_at: time,
    attempted_at: orNull(time),
    next_attempt_at: orNull(time),
  }),
);

const webhooks = '/v2/webhooks/{id}';

export const embedAppOperations: DeclaredOperations = {
  'GET /v2/connect-attempts/{id}': { summary: 'How an attempt to connect stands', replies: { 200: one(attempt) } },
  'POST /v2/connect-attempts/{id}/confirm': {
    summary: 'Vouch that the person who consented is the user who began',
    replies: { 200: one(attempt) },
  },
  'POST /v2/connect-links': {
    summary: 'A link to mail to the user. url is in this answer and nowhere else',
    replies: { 201: one(object({ ...linkMembers, url: text })) },
  },
  'GET /v2/connect-links': { summary: "The user's links", query: paging, replies: { 200: page(link) } },
  'GET /v2/connect-links/{id}': { summary: 'One link', replies: { 200: one(link) } },
  'DELETE /v2/connect-links/{id}': { summary: 'Revoke it, and what it began', replies: { 200: one(link) } },

  'POST /v2/webhooks': {
    summary: 'Be told what happens. secret is in this answer and nowhere else',
    body: CreateWebhookDto,
    replies: { 201: one(object({ ...webhookMembers, secret: text })) },
  },
  'GET /v2/webhooks': { summary: 'All endpoints', replies: { 200: page(webhook) } },
  [`GET ${webhooks}`]: { summary: 'One endpoint', replies: { 200: one(webhook) } },
  [`PATCH ${webhooks}`]: {
    summary: 'Change its address or events, or switch it on or off',
    body: UpdateWebhookDto,
    replies: { 200: one(webhook) },
    errors: [409],
  },
  [`DELETE ${webhooks}`]: {
    summary: 'Remove it',
    replies: { 200: one(object({ type: oneOf('webhook'), id: text, deleted: oneOf(true) })) },
  },
  [`POST ${webhooks}/secret`]: {
    summary: 'A new secret beside those of before. It is in this answer and nowhere else',
    body: ReplaceSecretDto,
    replies: { 201: one(object({ type: oneOf('webhook'), id: text, secret: text, others_until: orNull(time) })) },
  },
  [`GET ${webhooks}/deliveries`]: {
    summary: 'What it was told, newest first',
    query: { ...cursorPaging, status: oneOf(...deliveryStates) },
    replies: {
      200: object({
        data: list(delivery),
        links: object({ next: orNull(text), prev: { type: 'null' } }),
        meta: object({ limit: whole, next_cursor: orNull(text) }),
      }),
    },
  },
  [`POST ${webhooks}/replay`]: {
    summary: 'Tell it again: one delivery, or all that failed since a time',
    body: ReplayDto,
    replies: { 202: one(object({ type: oneOf('webhook_replay'), count: whole, has_more: flag })) },
  },
  [`POST ${webhooks}/test`]: {
    summary: 'Tell it something that did not happen',
    replies: { 202: one(object({ type: oneOf('webhook_delivery'), id: uuid })) },
  },
};
