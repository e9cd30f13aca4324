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
  'client.created',
] as const;
export type AuditAction = (typeof auditActions)[number];
