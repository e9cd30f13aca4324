/** What subscribers may ask for (contract §5). */
export const subscribableTypes = [
  'connection.created',
  'connection.refreshed',
  'connection.expiring_soon',
  'connection.needs_reauth',
  'connection.recovered',
  'connection.deleted',
  'run.succeeded',
  'run.failed',
  'key.rotated',
  'webhook.disabled',
] as const;
export type SubscribableType = (typeof subscribableTypes)[number];

/** What can have happened. Stored as text: a name may be added, never renamed. The last ones stand here for whoever reads the outbox. */
export type EventType =
  SubscribableType | 'connection.degraded' | 'connection.disabled' | 'connection.enabled' | 'run.late_answer';

export function isSubscribable(type: EventType): type is SubscribableType {
  return subscribableTypes.some((known) => known === type);
}
