import { grantNames, knownScopes } from '#libs/tenants';
import type { DeclaredOperations } from '../declared-operation.js';
import { flag, list, named, object, oneOf, orNull, text, time, uuid, whole } from '../schema.js';
import { cursorPage, cursorPaging } from './paging.js';

const tenantMembers = {
  slug: text,
  name: text,
  issuer: text,
  audience: text,
  claims: object({ user: text, org: text }),
  redirect_uris: list(text),
  origins: list(text),
  login_url: orNull(text),
  branding: object({ logo_url: orNull(text), color: orNull(text) }),
  max_token_age_seconds: whole,
  connect_policy: oneOf('strict', 'zapier'),
  run_retention_days: whole,
  jti: oneOf('optional', 'required'),
  disabled: flag,
  created_at: time,
};
const tenant = named('Tenant', object(tenantMembers));

const clientMembers = {
  client_id: text,
  name: text,
  grants: list(oneOf(...grantNames)),
  scopes: list(oneOf(...knownScopes)),
  redirect_uris: list(text),
  refresh_grace_seconds: whole,
  refresh_lifetime_seconds: orNull(whole),
  public: flag,
  disabled: flag,
  previous_secret_until: orNull(time),
  created_at: time,
};
const client = named('Client', object(clientMembers));
const clientWithSecret = named('ClientWithSecret', object(clientMembers, { client_secret: text }));

const user = named(
  'User',
  object({ id: uuid, org: text, subject: text, display_name: orNull(text), disabled: flag, created_at: time }),
);

const trust = named(
  'Trust',
  object({
    source: object({}, { jwks_uri: text, uploaded: flag }),
    fetched_at: orNull(time),
    fresh_until: orNull(time),
    stale: flag,
    stale_until: orNull(time),
    health: oneOf('ok', 'failing', 'unusable', 'uploaded', 'not_fetched'),
    last_error: orNull(text),
    last_attempt_at: orNull(time),
    failures: whole,
    keys: list(
      object({
        kid: text,
        alg: orNull(text),
        kty: text,
        source: oneOf('url', 'uploaded'),
        first_seen_at: orNull(time),
        last_used_at: orNull(time),
      }),
    ),
    ignored: list(object({ kid: orNull(text), reason: text })),
  }),
);

const slug = '/admin/tenants/{slug}';

export const tenantOperations: DeclaredOperations = {
  'POST /admin/tenants': {
    summary: 'Make a tenant, with its first client. The secret is in this answer and nowhere else',
    replies: { 201: object({ ...tenantMembers, client: clientWithSecret }) },
    errors: [409],
  },
  'GET /admin/tenants': { summary: 'All tenants', replies: { 200: object({ tenants: list(tenant) }) } },
  [`GET ${slug}`]: { summary: 'One tenant', replies: { 200: tenant } },
  [`PATCH ${slug}`]: { summary: 'Change the members that are given', replies: { 200: tenant }, errors: [409] },
  [`DELETE ${slug}`]: {
    summary: 'Destroy its data key, then everything that it had. Its secrets are unreadable from then on',
    replies: { 204: null },
    errors: [409],
  },
  [`POST ${slug}/clients`]: {
    summary: 'Register a client. The secret is in this answer and nowhere else',
    replies: { 201: clientWithSecret },
    errors: [409],
  },
  [`GET ${slug}/clients`]: { summary: 'Its clients', replies: { 200: object({ clients: list(client) }) } },
  [`GET ${slug}/clients/{client}`]: { summary: 'One client', replies: { 200: client } },
  [`PATCH ${slug}/clients/{client}`]: { summary: 'Change the members that are given', replies: { 200: client } },
  [`POST ${slug}/clients/{client}/secret`]: {
    summary: 'A new secret. The old one dies at once, or after the grace',
    replies: { 200: clientWithSecret },
    errors: [409],
  },
  [`GET ${slug}/users`]: {
    summary: 'The people whom its JWTs have named',
    query: { ...cursorPaging, org: text, subject: text },
    replies: { 200: cursorPage('users', user) },
  },
  [`GET ${slug}/users/{user}`]: { summary: 'One user', replies: { 200: user } },
  [`PATCH ${slug}/users/{user}`]: { summary: 'Let a user in, or out', replies: { 200: user } },
  [`DELETE ${slug}/users/{user}/consents`]: {
    summary: 'Forget what the user allowed clients: each has to ask again',
    replies: { 204: null },
  },
  [`GET ${slug}/trust`]: { summary: "The partner's own keys as we see them", replies: { 200: trust } },
  [`POST ${slug}/trust/refresh`]: { summary: 'Fetch them now', replies: { 200: trust }, errors: [409] },
  [`POST ${slug}/trust/explain`]: {
    summary: 'Which checks a JWT passes. Issues nothing',
    replies: { 200: object({ valid: flag, checks: list(object({ check: text, ok: flag, detail: text })) }) },
  },
};
