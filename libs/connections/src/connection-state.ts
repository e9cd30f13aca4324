import type { Connection, ConnectionStatus } from './connection.entity.js';

/** Whether an action may run with it. A degraded connection's token may still be good: the third party decides. */
export function isUsable(status: ConnectionStatus): boolean {
  return status === 'connected' || status === 'degraded';
}

/** Whether the refresh loop has it in hand, or will take it at its next look. */
export function isBeingRenewed({ leaseUntil, dueAt }: Connection, now: Date): boolean {
  return (leaseUntil !== null && leaseUntil > now) || (dueAt !== null && dueAt <= now);
}
