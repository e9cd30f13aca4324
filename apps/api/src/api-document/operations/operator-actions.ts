import { subscribableTypes } from '#libs/events';
import { deliveryStates } from '#libs/webhooks';
import type { DeclaredOperations } from '../declared-operation.js';
import { flag, list, named, object, oneOf, orNull, text, time, uuid, whole } from '../schema.js';
import { cursorPage, cursorPaging } from './paging.js';
import { connection, run } from './tenant-data.js';

const webhook = named(
  'OperatorsWebhook',
  object({
    id: uuid,
    origin: orNull(text),
    events: orNull(list(oneOf(...subscribableTypes))),
    enabled: flag,
    disabled_reason: orNull(text),
    disabled_at: orNull(time),
    failing_since: orNull(time),
    paused_until: orNull(time),
    created_at: time,
  }),
);
const delivery = named(
  'OperatorsDelivery',
  object({
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

const slug = '/admin/tenants/{slug}';

export const operatorActions: DeclaredOperations = {
  [`GET ${slug}/connections/{id}`]: { summary: 'One connection', replies: { 200: connection } },
  [`POST ${slug}/connections/{id}/refresh`]: {
    summary: 'Renew its token before what is due',
    replies: { 202: connection },
    errors: [409],
  },
  [`DELETE ${slug}/connections/{id}`]: {
    summary: 'Disconnect it. revocation says how telling the app went',
    replies: {
      200: object({
        id: text,
        deleted: oneOf(true),
        revocation: oneOf('revoked', 'failed', 'unsupported', 'pending'),
      }),
    },
  },
  [`POST ${slug}/runs/{id}/cancel`]: { summary: 'Call a run off', replies: { 200: run } },
  [`GET ${slug}/webhooks`]: {
    summary: 'Its endpoints, as far as their hosts',
    replies: { 200: object({ webhooks: list(webhook) }) },
  },
  [`PATCH ${slug}/webhooks/{id}`]: { summary: 'Switch one on or off', replies: { 200: webhook } },
  [`GET ${slug}/webhooks/{id}/deliveries`]: {
    summary: 'What it was told, newest first',
    query: { ...cursorPaging, status: oneOf(...deliveryStates) },
    replies: { 200: cursorPage('deliveries', delivery) },
  },
  [`POST ${slug}/webhooks/{id}/replay`]: {
    summary: 'Tell it again: one delivery, or all that failed since a time',
    replies: { 202: object({ count: whole, has_more: flag }) },
    errors: [409],
  },
};
