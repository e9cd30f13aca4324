/** The columns of `connections` under the entity's property names. */
export const columns = `
  tenant_id AS "tenantId", id, user_id AS "userId", app_id AS "appId", title, status, status_reason AS "statusReason",
  status_since AS "statusSince", account_id AS "accountId", account_title AS "accountTitle", scopes, expires_at AS "expiresAt",
  last_refreshed_at AS "lastRefreshedAt", refresh_failures AS "refreshFailures", failing_since AS "failingSince",
  attempt_at AS "attemptAt", first_attempt_at AS "firstAttemptAt", attempt_version AS "attemptVersion", attempts,
  keep_alive_seconds AS "keepAliveSeconds", sharing, is_default AS "isDefault", external_id AS "externalId",
  disabled_from AS "disabledFrom", warn_at AS "warnAt", event_sequence AS "eventSequence", metadata, created_at AS "createdAt",
  due_at AS "dueAt", lease_until AS "leaseUntil", lease_owner AS "leaseOwner", version`;
