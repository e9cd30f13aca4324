/** Answers of the admin API, as far as the console shows them. Times are ISO 8601. */
export interface Tenant {
  slug: string;
  name: string;
  issuer: string;
  connect_policy: string;
  disabled: boolean;
  created_at: string;
}

export interface Trust {
  source: { jwks_uri?: string; uploaded?: boolean };
  fetched_at: string | null;
  fresh_until: string | null;
  stale_until: string | null;
  health: 'ok' | 'failing' | 'unusable' | 'uploaded' | 'not_fetched';
  last_error: string | null;
  last_attempt_at: string | null;
  failures: number;
  keys: {
    kid: string;
    alg: string | null;
    kty: string;
    source: 'url' | 'uploaded';
    first_seen_at: string | null;
    last_used_at: string | null;
  }[];
  ignored: { kid: string | null; reason: string }[];
}

export interface Client {
  client_id: string;
  name: string;
  grants: string[];
  public: boolean;
  disabled: boolean;
  previous_secret_until: string | null;
}

export interface User {
  id: string;
  org: string;
  subject: string;
  display_name: string | null;
  disabled: boolean;
  created_at: string;
}

export interface SigningKey {
  kid: string;
  alg: string;
  state: 'pending' | 'active' | 'retiring' | 'revoked';
  activates_at: string;
  retires_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
  created_at: string;
}

export interface KeyPolicy {
  alg: string;
  rotate_every_days: number | null;
  activate_after_seconds: number;
  overlap_seconds: number;
}

export interface Connection {
  id: string;
  app: { id: string; key: string };
  org: string;
  user: string;
  title: string;
  status: 'pending' | 'connected' | 'degraded' | 'needs_reauth' | 'disabled' | 'deleted';
  status_reason: string | null;
  status_since: string;
  account: { id: string | null; title: string | null };
  expires_at: string | null;
  last_refreshed_at: string;
  next_refresh_at: string | null;
  refresh_failures: number;
}

export interface Run {
  id: string;
  app: string;
  action: string;
  org: string;
  user: string;
  state: 'queued' | 'running' | 'polling' | 'succeeded' | 'failed' | 'cancelled' | 'outcome_unknown';
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

export interface Webhook {
  id: string;
  origin: string | null;
  events: string[] | null;
  enabled: boolean;
  disabled_reason: string | null;
  failing_since: string | null;
  created_at: string;
}

export interface Delivery {
  id: string;
  event: string;
  status: 'pending' | 'delivered' | 'failed';
  attempts: number;
  response_status: number | null;
  error: string | null;
  created_at: string;
  next_attempt_at: string | null;
}

export interface App {
  key: string;
  enabled: boolean;
  offered: boolean;
  oauth: { client_id: string } | null;
  server_url: string;
  callback_url: string;
  refresh: { state: 'working' } | { state: 'paused'; reason: string; since: string; next_probe_at: string };
}

export interface Upstream {
  name: string;
  title: string;
  mode: string;
  enabled: boolean;
  api_url: string;
  health: {
    state: string;
    answered_at: string | null;
    failing_since: string | null;
    last_failure: string | null;
    paused_until: string | null;
    apps: number;
    synced_at: string | null;
  } | null;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor: string;
  address: string | null;
  action: string;
  subject: string | null;
  details: Record<string, unknown>;
}

export interface Verified {
  ok: boolean;
  chains: {
    tenant: string | null;
    tenant_id: string;
    ok: boolean;
    /** Of all answers by now. */
    entries: number;
    complete: boolean;
    unchained: number;
    broken: { kind: string; sequence: number | null; entry_id: string | null } | null;
  }[];
  next_cursor: string | null;
}

export interface Plan {
  total: number;
  apps: Record<string, number>;
}

export interface Revocation {
  id: string;
  app: string | null;
  org: string | null;
  user: string | null;
  /** Only what was connected before. */
  before: string | null;
  total: number;
  disconnected: number;
  actor: string;
  created_at: string;
  disconnected_at: string | null;
}

export interface RevocationProgress extends Revocation {
  state: 'disconnecting' | 'revoking' | 'finished';
  revocations: Record<'pending' | 'revoked' | 'failed' | 'unsupported', number>;
}

export interface AdminKey {
  id: string;
  name: string;
  tenant: string | null;
  read_only: boolean;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
  created_at: string;
}

export interface Health {
  checks: Record<string, { status: string; detail: string }>;
  queues?: { queue: string; due: number; overdue: number; oldest_seconds: number }[];
  circuits?: {
    refreshes: { tenant: string; app: string; reason: string; since: string; next_probe_at: string }[];
    upstreams: {
      tenant: string;
      upstream: string;
      reason: string | null;
      since: string | null;
      next_probe_at: string;
    }[];
  };
}
