import type { SecretPlace } from '#libs/vault';

/** The columns of `runs` as the members of `Run`. */
export const runColumns = `
  tenant_id AS "tenantId", id, user_id AS "userId", app_id AS "appId", app_version AS "appVersion", action_key AS "actionKey", source, connection_id AS "connectionId",
  state, callback_client_id AS "callbackClientId", created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt",
  expires_at AS "expiresAt"`;

/** Where the vault keeps what a run holds. */
export function runSecret(runId: string, field: 'inputs' | 'outcome' | 'poll_url' | 'callback_url'): SecretPlace {
  return { kind: 'run', rowId: runId, field };
}
