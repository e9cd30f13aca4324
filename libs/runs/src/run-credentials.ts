import { Injectable } from '@nestjs/common';
import {
  Connections,
  canRefresh,
  isBeingRenewed,
  isUsable,
  type Connection,
  type Credentials,
} from '#libs/connections';
import { Secret } from '#libs/crypto';
import { Clock, secondsAfter } from '#libs/scheduling';
import { failed, type RunOutcome } from './run-outcome.js';
import type { ClaimedRun } from './claimed-run.js';

/** A token that ends sooner than this is not sent: it could end on the way. */
const MIN_TOKEN_LIFE_SECONDS = 10;

/** What a run may go on with: credentials, a wait for the refresh loop, or nothing at all. */
export type RunCredentialsAnswer =
  | { kind: 'ready'; credentials: Secret<Credentials>; connection: Connection | null }
  | { kind: 'wait' }
  | { kind: 'ended'; outcome: RunOutcome };

/** The credentials of a run's connection. A run never refreshes: it asks the refresh loop to, and waits. */
@Injectable()
export class RunCredentials {
  constructor(
    private readonly connections: Connections,
    private readonly clock: Clock,
  ) {}

  async of({ run: { tenantId, userId, appId, connectionId }, job }: ClaimedRun): Promise<RunCredentialsAnswer> {
    if (connectionId === null) {
      return { kind: 'ready', credentials: new Secret<Credentials>({ kind: 'none' }), connection: null };
    }
    const [connection, held] = await Promise.all([
      this.connections.findVisible(tenantId, userId, connectionId),
      this.connections.credentials(tenantId, connectionId),
    ]);
    if (!connection || !held || connection.appId !== appId || !isUsable(connection.status)) {
      return { kind: 'ended', outcome: needsReconnect(connection?.title ?? 'The app') };
    }
    const now = this.clock.now();
    // After a 401 the token that is being renewed is worth nothing, however long it was said to live.
    if (job.unauthorized > 0 && isBeingRenewed(connection, now)) return { kind: 'wait' };
    return isEnding(connection, now) && canRefresh(held.value)
      ? this.#renewed(connection)
      : { kind: 'ready', credentials: held.value, connection };
  }

  /** After a 401: whether waiting for a new token is worth it. */
  async renew(connection: Connection | null, credentials: Secret<Credentials>): Promise<boolean> {
    if (!connection || !canRefresh(credentials)) return false;
    await this.connections.refreshNow(connection);
    return true;
  }

  async #renewed(connection: Connection): Promise<RunCredentialsAnswer> {
    if (connection.status === 'degraded') {
      // Its next refresh waits for the third party to recover; asking sooner, run by run, would hammer it.
      const reason = connection.statusReason ?? 'Try again later.';
      return { kind: 'ended', outcome: failed('partner', 'The connection could not be renewed', reason) };
    }
    await this.connections.refreshNow(connection);
    return { kind: 'wait' };
  }
}

/** One that lives so short that it is always near its end is sent in the first half of its life. */
function isEnding({ expiresAt, lastRefreshedAt }: Connection, now: Date): boolean {
  if (expiresAt === null) return false;
  const lifeSeconds = Math.max(0, (expiresAt.getTime() - lastRefreshedAt.getTime()) / 1000);
  return expiresAt < secondsAfter(now, Math.min(MIN_TOKEN_LIFE_SECONDS, lifeSeconds / 2));
}

export function needsReconnect(title: string): RunOutcome {
  return failed('authentication', 'The connection is not usable', `${title} must be connected again.`);
}
