import { isUsable, type Connection } from '#libs/connections';

/** A connection on the wire (protocol.md §7.10), and the members that we add (contract §5). */
export function toAuthentication(connection: Connection) {
  // Until the partner has confirmed whose consent it was, nothing of the account is shown to whoever began.
  const isPending = connection.status === 'pending';
  return {
    type: 'authentication',
    id: connection.id,
    app: connection.appId,
    is_expired: !isUsable(connection.status),
    title: isPending ? 'Waiting for confirmation' : connection.title,
    status: connection.status,
    status_reason: connection.statusReason,
    status_since: connection.statusSince,
    account: isPending ? null : { id: connection.accountId, title: connection.accountTitle },
    created_at: connection.createdAt,
    expires_at: connection.expiresAt,
    last_refreshed_at: connection.lastRefreshedAt,
    metadata: connection.metadata,
  };
}
