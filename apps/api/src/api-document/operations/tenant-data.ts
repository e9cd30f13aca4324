import { auditActions } from '#libs/audit';
import { connectionSharings, connectionStatuses } from '#libs/connections';
import { textOf, type DeclaredOperations } from '../declared-operation.js';
import { anything, flag, list, map, named, object, oneOf, orNull, text, time, uuid, whole } from '../schema.js';
import { cursorPage, cursorPaging } from './paging.js';

export const connection = named(
  'ListedConnection',
  object({
    id: uuid,
    app: object({ id: uuid, key: text }),
    org: text,
    user: text,
    user_id: uuid,
    title: text,
    status: oneOf(...connectionStatuses),
    status_reason: orNull(text),
    status_since: time,
    account: object({ id: orNull(text), title: orNull(text) }),
    sharing: oneOf(...connectionSharings),
    is_default: flag,
    external_id: orNull(text),
    metadata: map(anything),
    scopes: orNull(list(text)),
    expires_at: orNull(time),
    last_refreshed_at: orNull(time),
    next_refresh_at: orNull(time),
    refresh_failures: whole,
    created_at: time,
  }),
);
const imported = object(
  { index: whole, external_id: orNull(text), outcome: oneOf('created', 'updated', 'failed') },
  {
    id: orNull(uuid),
    verified: flag,
    reasons: list(object({ detail: text }, { pointer: text, parameter: text, header: text })),
  },
);
export const run = named(
  'ListedRun',
  object({
    id: uuid,
    app: text,
    app_version: whole,
    action: text,
    authentication: orNull(uuid),
    org: text,
    user: text,
    state: oneOf('queued', 'running', 'polling', 'succeeded', 'failed', 'cancelled', 'outcome_unknown'),
    created_at: time,
    started_at: orNull(time),
    finished_at: orNull(time),
    expires_at: orNull(time),
  }),
);
const auditEntry = named(
  'AuditEntry',
  object({
    id: uuid,
    at: time,
    actor: text,
    address: orNull(text),
    request_id: orNull(text),
    action: text,
    subject: orNull(text),
    details: orNull(map(anything)),
  }),
);
const outcomes = { pending: whole, revoked: whole, failed: whole, unsupported: whole };
const revocationMembers = {
  id: uuid,
  app: orNull(text),
  org: orNull(text),
  user: orNull(text),
  before: orNull(time),
  total: orNull(whole),
  disconnected: whole,
  actor: text,
  created_at: time,
  disconnected_at: orNull(time),
};
const revocation = named(
  'Revocation',
  object({
    ...revocationMembers,
    state: oneOf('disconnecting', 'revoking', 'finished'),
    revocations: object(outcomes),
    apps: map(object(outcomes)),
  }),
);

const slug = '/admin/tenants/{slug}';
const auditFilter = { action: oneOf(...auditActions), subject: text, actor: text, since: time, until: time };

function auditOf(base: string, whose: string): DeclaredOperations {
  return {
    [`GET ${base}`]: {
      summary: `The audit of ${whose}, newest first`,
      query: { ...cursorPaging, ...auditFilter },
      replies: { 200: cursorPage('entries', auditEntry) },
    },
    [`GET ${base}/export`]: {
      summary: 'All of it, oldest first: a line of JSON for each entry, with its place in the hash chain',
      query: auditFilter,
      replies: { 200: textOf('application/x-ndjson', 'Lines of JSON.') },
    },
  };
}

export const tenantDataOperations: DeclaredOperations = {
  [`GET ${slug}/connections`]: {
    summary: 'Its connections. Deleted ones are listed by their status for as long as they are kept',
    query: { ...cursorPaging, app: text, org: text, user: text, status: oneOf(...connectionStatuses) },
    replies: { 200: cursorPage('connections', connection) },
  },
  [`POST ${slug}/connections/import`]: {
    summary: 'Take connections over from elsewhere. Each is answered by itself',
    replies: {
      200: object({ dry_run: flag, created: whole, updated: whole, failed: whole, results: list(imported) }),
    },
  },
  [`POST ${slug}/connections/export`]: {
    summary: "Connections with their credentials, encrypted to the caller's key",
    replies: { 200: object({ bundle: text, count: whole, unreadable: list(uuid), next_cursor: orNull(text) }) },
    errors: [409],
  },
  [`GET ${slug}/runs`]: {
    summary: 'How its runs went, newest first',
    query: { ...cursorPaging, app: text, org: text, user: text, state: text },
    replies: { 200: cursorPage('runs', run) },
  },
  [`POST ${slug}/revocations`]: {
    summary: 'The kill switch: disconnect all that match. A dry run only counts',
    replies: {
      200: object({ dry_run: oneOf(true), total: whole, apps: map(whole) }),
      202: revocation,
    },
    errors: [409],
  },
  [`GET ${slug}/revocations`]: {
    summary: 'Those that were started, newest first',
    query: cursorPaging,
    replies: { 200: cursorPage('revocations', object(revocationMembers)) },
  },
  [`GET ${slug}/revocations/{id}`]: { summary: 'How far one has come', replies: { 200: revocation } },
  ...auditOf(`${slug}/audit`, 'the tenant'),
  ...auditOf('/admin/platform/audit', 'the platform'),
};
