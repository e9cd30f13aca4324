/** The columns of `webhooks` as the members of `Webhook`. */
export const webhookColumns = `
  tenant_id AS "tenantId", id, types, disabled_at AS "disabledAt", disabled_reason AS "disabledReason", failing_since AS "failingSince",
  paused_until AS "pausedUntil", event_sequence AS "eventSequence", created_at AS "createdAt"`;
