import type { AuditDetails } from '#libs/audit';

/** The members that a PATCH gave, by name, for the audit; null when it gave none. Their values may be long, and are in the row. */
export function changedMembers(given: object): AuditDetails | null {
  const names = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  return names.length > 0 ? { members: names.join(' ') } : null;
}
