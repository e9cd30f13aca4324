import type { EventType } from '#libs/events';
import type { ConnectionStatus } from './connection.entity.js';

/** Who may ask for a change: the owner with their token or consent, an operator, the refresh loop, the retention loop. */
export type ConnectionParty = 'owner' | 'admin' | 'refresh' | 'retention';

/** Names of the audit rows. */
type ConnectionChangeAudit =
  `connection.${'consented' | 'created' | 'confirmed' | 'reconnected' | 'degraded' | 'needs_reauth' | 'recovered' | 'disabled' | 'enabled' | 'deleted' | 'abandoned'}`;

interface ConnectionChange {
  from: readonly (ConnectionStatus | 'none')[];
  to: readonly ConnectionStatus[];
  by: readonly ConnectionParty[];
  audit: ConnectionChangeAudit;
  /** What subscribers are told; null for what concerns nobody yet. */
  event: EventType | null;
}

/**
 * Every change of a connection's status that there is: pending → connected ⇄ degraded → needs_reauth → connected, disabled, deleted.
 * What is not here does not happen.
 */
export const connectionChanges = {
  /** Consent under `strict`: it waits for the partner's word. */
  consent: change(['none'], ['pending'], ['owner'], 'connection.consented', null),
  create: change(['none'], ['connected'], ['owner', 'admin'], 'connection.created', 'connection.created'),
  /** By the partner's word, or by a consent that needs none. */
  confirm: change(['pending'], ['connected'], ['owner', 'admin'], 'connection.confirmed', 'connection.created'),
  /** New credentials for one that worked. */
  renew: change(['connected'], ['connected'], ['owner', 'admin'], 'connection.reconnected', 'connection.refreshed'),
  /** New credentials for one that did not. */
  reconnect: change(
    ['degraded', 'needs_reauth', 'disabled'],
    ['connected'],
    ['owner', 'admin'],
    'connection.reconnected',
    'connection.recovered',
  ),
  degrade: change(['connected'], ['degraded'], ['refresh'], 'connection.degraded', 'connection.degraded'),
  refuse: change(
    ['connected', 'degraded'],
    ['needs_reauth'],
    ['refresh'],
    'connection.needs_reauth',
    'connection.needs_reauth',
  ),
  recover: change(
    ['degraded', 'needs_reauth'],
    ['connected'],
    ['refresh'],
    'connection.recovered',
    'connection.recovered',
  ),
  disable: change(
    ['connected', 'degraded', 'needs_reauth'],
    ['disabled'],
    ['owner', 'admin'],
    'connection.disabled',
    'connection.disabled',
  ),
  /** Back to what it was. */
  enable: change(
    ['disabled'],
    ['connected', 'degraded', 'needs_reauth'],
    ['owner', 'admin'],
    'connection.enabled',
    'connection.enabled',
  ),
  disconnect: change(
    ['connected', 'degraded', 'needs_reauth', 'disabled'],
    ['deleted'],
    ['owner', 'admin'],
    'connection.deleted',
    'connection.deleted',
  ),
  /** Nobody was told of one that is not confirmed. */
  retract: change(['pending'], ['deleted'], ['owner', 'admin'], 'connection.deleted', null),
  /** Nobody confirmed it in time. */
  abandon: change(['pending'], ['deleted'], ['retention'], 'connection.abandoned', null),
} satisfies Record<string, ConnectionChange>;

export type ConnectionChangeName = keyof typeof connectionChanges;

/** Whether `party` may bring a connection by this change from one status to the other. */
export function isAllowed(
  name: ConnectionChangeName,
  from: ConnectionStatus | 'none',
  to: ConnectionStatus,
  party: ConnectionParty,
): boolean {
  const { from: starts, to: ends, by } = connectionChanges[name];
  return starts.includes(from) && ends.includes(to) && by.includes(party);
}

function change(
  from: ConnectionChange['from'],
  to: ConnectionChange['to'],
  by: ConnectionChange['by'],
  audit: ConnectionChangeAudit,
  event: EventType | null,
): ConnectionChange {
  return { from, to, by, audit, event };
}
