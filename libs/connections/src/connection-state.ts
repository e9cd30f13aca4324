import type { ConnectionStatus } from './connection.entity.js';

/** Whether an action may run with it. A degraded connection's token may still be good: the third party decides. */
export function isUsable(status: ConnectionStatus): boolean {
  return status === 'connected' || status === 'degraded';
}
