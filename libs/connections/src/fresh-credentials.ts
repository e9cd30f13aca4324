import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock, secondsAfter } from '#libs/scheduling';
import { isUsable } from './connection-state.js';
import type { Connection } from './connection.entity.js';
import { Connections } from './connections.store.js';
import type { Credentials } from './credentials.js';

/** Less is left of it than a call and its retries may take. */
const ENDING_SECONDS = 60;
const ENDING_PART = 0.1;
const WAIT_SECONDS = 30;
const LOOK_MILLISECONDS = 150;

/** Whether an access token ends so soon that it is not worth sending: within a minute, or the last tenth of a short life. */
export function isEnding({ expiresAt, lastRefreshedAt }: Connection, now: Date): boolean {
  if (!expiresAt) return false;
  const lifeSeconds = Math.max(0, (expiresAt.getTime() - lastRefreshedAt.getTime()) / 1000);
  return expiresAt <= secondsAfter(now, Math.min(ENDING_SECONDS, ENDING_PART * lifeSeconds));
}

/** Whether a connection's credentials can be renewed without its user. */
export function canRefresh(credentials: Secret<Credentials>): boolean {
  const value = credentials.reveal();
  return value.kind === 'oauth2' && value.refreshToken !== null;
}

/**
 * Credentials that can be used now. Where the token is about to end, the refresh loop is asked for a new one, and all who need it, in all
 * processes, wait for that one refresh.
 */
@Injectable()
export class FreshCredentials {
  /** By connection: so that a crowd of waiting callers looks at its row but once. */
  readonly #waiting = new Map<string, Promise<Secret<Credentials>>>();

  constructor(
    private readonly connections: Connections,
    private readonly clock: Clock,
  ) {}

  /**
   * @param connection as it was just read
   * @throws Problem invalid when only the user can help, third_party_failed when the app does not renew it now, refresh_in_progress when that lasts
   */
  async take(connection: Connection): Promise<Secret<Credentials>> {
    const held = await this.#held(connection.tenantId, connection);
    if (!isEnding(connection, this.clock.now()) || !canRefresh(held)) return held;
    return this.#wait(connection, held);
  }

  /**
   * The app does not take the token that it gave: another one, whatever is left of this one's time. Where it is not renewed, the same again.
   * @param connection as it was when the token was taken
   * @throws Problem as `take`; invalid where there is no way to renew it
   */
  async renew(connection: Connection): Promise<Secret<Credentials>> {
    const held = await this.#held(connection.tenantId, connection);
    if (!canRefresh(held)) throw unusable(connection);
    return this.#wait(connection, held);
  }

  #wait(connection: Connection, held: Secret<Credentials>): Promise<Secret<Credentials>> {
    const renewed = () => this.#renewed(connection, held).finally(() => this.#waiting.delete(connection.id));
    const waiting = this.#waiting.get(connection.id) ?? renewed();
    this.#waiting.set(connection.id, waiting);
    return waiting;
  }

  async #renewed(before: Connection, held: Secret<Credentials>): Promise<Secret<Credentials>> {
    const until = secondsAfter(this.clock.now(), WAIT_SECONDS);
    await this.connections.refreshNow(before);
    for (;;) {
      const connection = await this.connections.byId(before.tenantId, before.id);
      if (connection && connection.lastRefreshedAt > before.lastRefreshedAt)
        return this.#held(before.tenantId, connection);
      const hasFailed = connection?.status !== 'connected';
      if (hasFailed || this.clock.now() >= until) return this.#unrenewed(connection, held);
      await wait(LOOK_MILLISECONDS);
    }
  }

  /** What has not ended yet may still be good for this one call. */
  #unrenewed(connection: Connection | null, held: Secret<Credentials>): Secret<Credentials> {
    if (!connection || !isUsable(connection.status)) throw unusable(connection);
    if (connection.expiresAt && connection.expiresAt > this.clock.now()) return held;
    if (connection.status === 'degraded') {
      const why = connection.statusReason ?? 'Try again later.';
      throw problem('third_party_failed', `The connection could not be renewed. ${why}`);
    }
    throw problem('refresh_in_progress', 'The connection is being renewed. Try again in a few seconds.', {
      retryAfterSeconds: 5,
    });
  }

  async #held(tenantId: TenantId, connection: Connection): Promise<Secret<Credentials>> {
    const held = isUsable(connection.status) ? await this.connections.credentials(tenantId, connection.id) : null;
    if (!held) throw unusable(connection);
    return held.value;
  }
}

function unusable(connection: Connection | null): Error {
  const isOff = connection?.status === 'disabled';
  const remedy = isOff ? 'its owner has to enable it.' : 'connect the account again.';
  return problem('invalid', `This authentication is not usable: ${remedy}`, {
    source: { pointer: '/data/authentication' },
  });
}
