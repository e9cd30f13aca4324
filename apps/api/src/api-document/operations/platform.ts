import { upstreamConnects, upstreamModes } from '#libs/upstream';
import type { DeclaredOperations } from '../declared-operation.js';
import {
  either,
  flag,
  list,
  map,
  named,
  object,
  oneOf,
  orNull,
  real,
  text,
  time,
  uuid,
  whole,
  type Schema,
} from '../schema.js';
import { readinessChecks } from './service.js';
import { cursorPage, cursorPaging } from './paging.js';

const appMembers = {
  id: uuid,
  key: text,
  title: text,
  source: text,
  version: whole,
  actions: list(text),
  updated_at: time,
};
const tenantAppMembers = {
  id: uuid,
  key: text,
  enabled: flag,
  oauth: orNull(object({ client_id: text })),
  scopes: orNull(list(text)),
  server_url: orNull(text),
  callback_url: text,
};
const working = object({ state: oneOf('working') });
const paused = object({ state: oneOf('paused'), reason: text, since: time, next_probe_at: time });

const upstream = named(
  'Upstream',
  object({
    name: text,
    title: text,
    mode: oneOf(...upstreamModes),
    enabled: flag,
    api_url: text,
    token_url: text,
    connect_url: text,
    authorize_url: orNull(text),
    jwks_url: orNull(text),
    client_id: text,
    issuer: text,
    audience: text,
    claims: object({ user: text, org: text }),
    scopes: list(text),
    connect: oneOf(...upstreamConnects),
    implicit: flag,
    rate: object({ per_address: whole, per_partner: whole, window_seconds: real }),
    register: object({ jwks_uri: text, redirect_uris: list(text) }),
    health: orNull(
      object({
        state: oneOf('ok', 'failing', 'paused', 'unknown'),
        answered_at: orNull(time),
        failing_since: orNull(time),
        last_failure: orNull(text),
        paused_until: orNull(time),
        apps: whole,
        synced_at: orNull(time),
        sync: orNull(object({ done: whole, of: orNull(whole) })),
      }),
    ),
    created_at: time,
    updated_at: time,
  }),
);

const adminKeyMembers = {
  id: uuid,
  name: text,
  tenant: orNull(text),
  read_only: flag,
  expires_at: orNull(time),
  last_used_at: orNull(time),
  revoked_at: orNull(time),
  created_at: time,
};

const rewrap = named(
  'Rewrap',
  object({
    id: uuid,
    state: oneOf('running', 'finished', 'abandoned'),
    data_keys: oneOf('keep', 'replace'),
    key_id: text,
    total: whole,
    done: whole,
    failed: whole,
    started_at: time,
    finished_at: orNull(time),
    per_second: real,
    eta_seconds: orNull(whole),
  }),
);
const ringKey = { id: text, data_keys: whole };
const tombstones = object({ tombstones: list(object({ tenant_id: uuid, slug: text, shredded_at: time })) });

const verified = object({
  tenant_id: uuid,
  tenant: orNull(text),
  ok: { ...flag, description: 'Nothing is broken in what was followed of it by now.' },
  entries: { ...whole, description: 'How many were followed by now, from its first on.' },
  complete: { ...flag, description: 'False: it is longer, and the next answer goes on with it.' },
  unchained: whole,
  checkpoint: orNull(text),
  broken: orNull(object({ kind: text, sequence: orNull(whole), entry_id: orNull(uuid) })),
});
const pausedAt = (of: Record<string, Schema>) =>
  list(object({ ...of, reason: orNull(text), since: orNull(time), next_probe_at: time }));

const slug = '/admin/tenants/{slug}';

export const platformOperations: DeclaredOperations = {
  'POST /admin/apps': {
    summary: 'Register an app by its OpenAPI document. Says what changed for those who rely on the one before',
    body: { 'application/json': map({}), 'application/yaml': text },
    replies: {
      201: object({
        ...appMembers,
        breaking: list(object({ action: orNull(text), change: text, detail: text })),
        skipped: list(object({ operation: text, reason: text })),
      }),
    },
    errors: [409],
  },
  'GET /admin/apps': { summary: 'All apps', replies: { 200: object({ apps: list(object(appMembers)) }) } },
  [`GET ${slug}/apps`]: {
    summary: 'All apps: whether the tenant offers each, and how its refreshes fare',
    replies: {
      200: object({
        apps: list(object({ ...tenantAppMembers, offered: flag, refresh: either(working, paused) })),
      }),
    },
  },
  [`PUT ${slug}/apps/{key}`]: {
    summary: "The tenant's own OAuth client for an app, and whether it is offered",
    replies: { 200: object(tenantAppMembers) },
  },
  [`GET ${slug}/upstreams`]: {
    summary: 'Other servers of the protocol that the tenant has its apps through',
    replies: { 200: object({ upstreams: list(upstream) }) },
  },
  [`GET ${slug}/upstreams/{name}`]: { summary: 'One upstream', replies: { 200: upstream } },
  [`PUT ${slug}/upstreams/{name}`]: { summary: 'Make or change one', replies: { 200: upstream }, errors: [409] },
  [`DELETE ${slug}/upstreams/{name}`]: {
    summary: 'Remove one, with the connections that were made through it',
    replies: { 204: null },
  },
  [`POST ${slug}/upstreams/{name}/sync`]: { summary: 'Read its apps now', replies: { 202: upstream } },
  [`POST ${slug}/upstreams/{name}/doctor`]: {
    summary: 'What is wrong with it, check by check',
    replies: { 200: object({ ok: flag, checks: list(object({ check: text, ok: flag, detail: text })) }) },
  },
  'POST /admin/keys': {
    summary: 'Make an admin key. It is in this answer and nowhere else',
    replies: { 201: object({ ...adminKeyMembers, key: text }) },
    errors: [404, 409],
  },
  'GET /admin/keys': {
    summary: 'All admin keys, newest first, revoked ones too',
    query: { ...cursorPaging, tenant: text },
    replies: { 200: cursorPage('keys', object(adminKeyMembers)) },
    errors: [404],
  },
  'DELETE /admin/keys/{id}': { summary: 'Revoke one', replies: { 204: null } },
  'GET /admin/vault': {
    summary: 'The keys that wrap data keys, by their ids',
    replies: {
      200: object({
        keys: list(object({ ...ringKey, primary: flag })),
        missing_keys: list(object(ringKey)),
        rewrap: orNull(rewrap),
      }),
    },
  },
  'POST /admin/vault/rewrap': {
    summary: 'Encrypt anew under the primary key. A dry run only counts',
    replies: { 200: object({ data_keys: oneOf('keep', 'replace'), total: whole }), 202: rewrap },
    errors: [409],
  },
  'GET /admin/vault/tombstones': { summary: 'Tenants whose data keys were destroyed', replies: { 200: tombstones } },
  'POST /admin/vault/tombstones': {
    summary: 'After a restore: tenants that were deleted since the backup are deleted again',
    replies: { 200: tombstones },
    errors: [409],
  },
  'POST /admin/audit/verify': {
    summary:
      'Follow the hash chain of a tenant, or of all: as far as ten seconds and 100,000 entries reach, and next_cursor for the rest',
    replies: {
      200: object({
        ok: {
          ...flag,
          description:
            'Of what this answer followed. The record is whole when it is so of each answer, up to the last.',
        },
        chains: list(verified),
        next_cursor: {
          ...orNull(text),
          description: 'To be sent as cursor, with the same tenant and checkpoints. Null: all was followed.',
        },
      }),
    },
    errors: [404],
  },
  'GET /admin/health': {
    summary: 'How this process and everything that it depends on fares',
    replies: {
      200: object(
        { checks: readinessChecks, loops: map(whole) },
        {
          queues: list(object({ queue: text, due: whole, overdue: whole, oldest_seconds: real })),
          circuits: object({
            refreshes: pausedAt({ tenant: text, app: text }),
            upstreams: pausedAt({ tenant: text, upstream: text }),
          }),
        },
      ),
    },
  },
};
