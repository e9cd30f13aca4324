/** Everything that is put on record, named by what it was done to. Stored as text: a name may be added, never renamed. */
export const auditActions = [
  'key.created',
  'key.activated',
  'key.retiring',
  'key.retired',
  'key.revoked',
  'key_policy.changed',
  'trust.changed',
  'trust.refreshed',
  'tenant.created',
  'tenant.changed',
  'tenant.disabled',
  'tenant.enabled',
  'client.created',
  'client.changed',
  'client.secret_replaced',
  'client.disabled',
  'client.enabled',
  'user.disabled',
  'user.enabled',
] as const;
export type AuditAction = (typeof auditActions)[number];
