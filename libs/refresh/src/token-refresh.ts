import { Injectable } from '@nestjs/common';
import type { Connection, Oauth2Credentials } from '#libs/connections';
import { answerLimits, Egress, EgressError, type EgressRequest } from '#libs/egress';
import { Clock } from '#libs/scheduling';
import { Circuits } from './circuits.js';
import { isInGrace } from './present-again.js';
import { RefreshApps, type RefreshApp } from './refresh-apps.js';
import { readRefreshAnswer, readRefreshFailure, type RefreshOutcome } from './refresh-outcome.js';

/** A call is given this long, and never cut off earlier: its answer may be the only copy of the next refresh token. */
export const REFRESH_DEADLINE_SECONDS = answerLimits.refresh.seconds;

/** Leave to ask an app's token endpoint. To be disposed of when it was asked, or not. */
export interface RefreshTurn extends Disposable {
  /**
   * Presents the refresh token. `isAppWide`: the app fails for all of its connections, so this failure says nothing about one.
   * @throws what is neither an answer nor the network's failure
   */
  ask(spent: Oauth2Credentials): Promise<RefreshOutcome & { isAppWide: boolean }>;
}

/** The refresh token grant towards an app (RFC 6749 §6). */
@Injectable()
export class TokenRefresh {
  constructor(
    private readonly apps: RefreshApps,
    private readonly circuits: Circuits,
    private readonly egress: Egress,
    private readonly clock: Clock,
  ) {}

  /** @returns a sentence when the app can't be asked */
  app({ tenantId, appId }: Connection): Promise<RefreshApp | string> {
    return this.apps.find(tenantId, appId);
  }

  /** To be asked for only when something is to be sent: it may be the one probe. @returns when to come again, if not now */
  async turn(connection: Connection, app: RefreshApp): Promise<RefreshTurn | Date> {
    const { tenantId, appId } = connection;
    const until = await this.circuits.enter(tenantId, appId, isInGrace(app.rotation, connection, this.clock.now()));
    if (until) return until;
    return {
      ask: async (spent) => {
        const outcome = await this.#ask(app, spent);
        return { ...outcome, isAppWide: await this.#tell(connection, outcome) };
      },
      [Symbol.dispose]: () => this.circuits.left(tenantId, appId),
    };
  }

  async #ask(app: RefreshApp, spent: Oauth2Credentials): Promise<RefreshOutcome> {
    const askedAt = this.clock.now();
    try {
      return readRefreshAnswer(
        await this.egress.request(requestOf(app, spent)),
        spent,
        askedAt,
        app.definition.refresh,
      );
    } catch (error) {
      if (error instanceof EgressError) return readRefreshFailure(error);
      throw error;
    }
  }

  /** What the circuit makes of it must not keep an answer from being stored. */
  async #tell(connection: Connection, outcome: RefreshOutcome): Promise<boolean> {
    if (outcome.kind === 'refreshed') {
      void this.circuits.worked(connection.tenantId, connection.appId);
      return false;
    }
    if (outcome.kind === 'reconnect' && !outcome.isBare) return this.circuits.refused(connection, outcome.reason);
    return this.circuits.failed(connection, outcome.kind === 'client' ? 'client' : 'outage', outcome.reason);
  }
}

function requestOf({ definition, clientId, clientSecret }: RefreshApp, spent: Oauth2Credentials): EgressRequest {
  const form = {
    grant_type: 'refresh_token',
    refresh_token: spent.refreshToken ?? '',
    client_id: clientId,
    client_secret: clientSecret.reveal(),
  };
  return {
    method: 'POST',
    url: definition.refreshUrl ?? definition.tokenUrl,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams(form).toString(),
    purpose: 'refresh',
  };
}
