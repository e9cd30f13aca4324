/**
 * What can have happened. Stored as text: a name may be added, never renamed. The first six of a connection are the contract's, and its
 * subscribers may ask for them; the others stand here for whoever reads the outbox.
 */
export const eventTypes = [
  'connection.created',
  'connection.refreshed',
  'connection.expiring_soon',
  'connection.needs_reauth',
  'connection.recovered',
  'connection.deleted',
  'connection.degraded',
  'connection.disabled',
  'connection.enabled',
  'run.late_answer',
] as const;
export type EventType = (typeof eventTypes)[number];
