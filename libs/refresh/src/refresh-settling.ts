import { Injectable, Logger } from '@nestjs/common';
import { ConnectionRefreshes, Connections, type Connection, type ConnectionClaim } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { Clock, backoffSeconds, secondsAfter } from '#libs/scheduling';
import { signals } from '#libs/telemetry';
import type { TenantSeal } from '#libs/vault';
import { AnswerStoring } from './answer-storing.js';
import { presentAgainAt } from './present-again.js';
import type { RefreshApp } from './refresh-apps.js';
import type { RefreshOutcome } from './refresh-outcome.js';

const BACKOFF = { first: 30, max: 3600 };
/** After that, whoever uses the connection is told to connect it again. */
const GIVEN_UP_SECONDS = 72 * 3600;

/** A refresh whose token was presented. */
export interface PresentedWork {
  claim: ConnectionClaim;
  /** As it was before. */
  connection: Connection;
  app: RefreshApp;
  /** Version of the credentials in the vault that were spent. */
  spentVersion: number;
  /** How often these credentials were presented, this time included. */
  attempts: number;
  seal: TenantSeal;
  /** Called when its answer is on the disk. */
  written?: (() => void) | undefined;
}

type Retry = Extract<RefreshOutcome, { kind: 'retry' }>;

/** What becomes of a connection once the outcome of its refresh is known, or known to be unknown. */
@Injectable()
export class RefreshSettling {
  readonly #log = new Logger('Refresh');

  constructor(
    private readonly connections: Connections,
    private readonly refreshes: ConnectionRefreshes,
    private readonly answers: AnswerStoring,
    private readonly clock: Clock,
  ) {}

  async settle(work: PresentedWork, outcome: RefreshOutcome & { isAppWide: boolean }): Promise<void> {
    const { claim, connection, app, spentVersion, seal, written } = work;
    signals.refreshEnded.publish({ outcome: outcome.kind === 'retry' && outcome.isUnknown ? 'unknown' : outcome.kind });
    if (outcome.kind !== 'refreshed') this.#log.warn(`Refreshing connection ${claim.id} failed: ${outcome.reason}`);
    switch (outcome.kind) {
      case 'refreshed': {
        const keepAlive = app.definition.refresh?.keepAliveSeconds ?? null;
        const credentials = new Secret(outcome.credentials);
        await this.answers.store(this.refreshes.seal(seal, connection, spentVersion, credentials, keepAlive), written);
        return;
      }
      case 'reconnect':
        if (outcome.isAppWide) return this.#wait(claim);
        return this.#refused(work, outcome.reason);
      case 'client':
        // Soon, whatever befell this connection before: it may be the one that finds the client mended.
        return this.#wait(claim);
      case 'retry':
        return outcome.isUnknown ? this.#lost(work, outcome) : this.#failed(work, outcome, outcome.isAppWide);
    }
  }

  /** The stored credentials are not what was stored: see `vault.open_failed` in the audit trail. */
  async altered(claim: ConnectionClaim): Promise<void> {
    await this.#needsUser(claim, 'Its stored credentials can not be opened. Connect it again.');
  }

  /** Nothing to refresh with: the access token was all there was, and it has ended. */
  async ended(claim: ConnectionClaim): Promise<void> {
    const reason = 'The access token has ended, and the third party gave no refresh token.';
    await this.#needsUser(claim, reason);
  }

  /** The app can't be asked at all, for a reason that is the tenant's. */
  async unready(claim: ConnectionClaim, connection: Connection, reason: string): Promise<void> {
    const dueAt = this.#nextTry(connection, null);
    await this.refreshes.fail(claim, { status: 'degraded', reason, dueAt, presented: 'no' });
  }

  /** A token whose last presentation has no known outcome waits until it may be presented again. */
  async unanswered(claim: ConnectionClaim, connection: Connection, again: Date): Promise<void> {
    const reason = `The answer to its last refresh was lost. It is tried again at ${again.toISOString()}.`;
    if (connection.status === 'degraded') await this.refreshes.defer(claim, again);
    else await this.refreshes.fail(claim, { status: 'degraded', reason, dueAt: again, presented: 'unknown' });
  }

  /** Somebody else may have spent this token meanwhile, and stored what came of it: only then is the refusal believed. */
  async #refused({ claim, spentVersion, attempts }: PresentedWork, reason: string): Promise<void> {
    const held = await this.connections.credentials(claim.tenantId, claim.id);
    if (held && held.version !== spentVersion) {
      await this.refreshes.defer(claim, this.clock.now());
      return;
    }
    if (await this.refreshes.takeOrphan(claim, spentVersion)) return;
    const lost = 'The answer to an earlier refresh was lost with the token that it brought. ';
    await this.#needsUser(claim, attempts > 1 ? lost + reason : reason);
  }

  #wait(claim: ConnectionClaim): Promise<void> {
    return this.refreshes.withdraw(claim, secondsAfter(this.clock.now(), backoffSeconds(1, BACKOFF)));
  }

  async #lost(
    { claim, connection, app, spentVersion, attempts }: PresentedWork,
    { reason, retryAfterSeconds, isAppWide }: Retry & { isAppWide: boolean },
  ): Promise<void> {
    if (!isAppWide && this.#isGivenUp(connection)) return this.#giveUp(claim, reason);
    const { rotation } = app;
    const now = this.clock.now();
    const firstAttemptAt = connection.attemptVersion === spentVersion ? connection.firstAttemptAt : now;
    const { expiresAt, lastRefreshedAt } = connection;
    const again = presentAgainAt(rotation, { attempts, attemptAt: now, firstAttemptAt, expiresAt, lastRefreshedAt });
    const isAtOnce = again <= now;
    const allowed = secondsAfter(now, retryAfterSeconds ?? 0);
    const retry = rotation === 'non_rotating' ? this.#nextTry(connection, retryAfterSeconds) : later(again, allowed);
    const status = (isAtOnce && rotation === 'grace') || isAppWide ? standing(connection) : 'degraded';
    await this.refreshes.fail(claim, { status, reason, dueAt: retry, presented: 'unknown' });
  }

  async #failed(
    { claim, connection }: PresentedWork,
    { reason, retryAfterSeconds }: Retry,
    isAppWide: boolean,
  ): Promise<void> {
    const dueAt = this.#nextTry(connection, retryAfterSeconds);
    if (isAppWide) {
      await this.refreshes.withdraw(claim, dueAt);
    } else if (this.#isGivenUp(connection)) {
      await this.#giveUp(claim, reason);
    } else {
      await this.refreshes.fail(claim, { status: 'degraded', reason, dueAt, presented: 'in_vain' });
    }
  }

  #isGivenUp({ failingSince }: Connection): boolean {
    return failingSince !== null && secondsAfter(failingSince, GIVEN_UP_SECONDS) <= this.clock.now();
  }

  #giveUp(claim: ConnectionClaim, reason: string): Promise<void> {
    return this.#needsUser(claim, `It could not be refreshed for three days. ${reason}`);
  }

  #needsUser(claim: ConnectionClaim, reason: string): Promise<void> {
    return this.refreshes.fail(claim, { status: 'needs_reauth', reason, dueAt: null, presented: 'in_vain' });
  }

  #nextTry({ refreshFailures }: Connection, retryAfter: number | null): Date {
    return secondsAfter(this.clock.now(), Math.max(retryAfter ?? 0, backoffSeconds(refreshFailures + 1, BACKOFF)));
  }
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}

function standing({ status }: Connection): 'connected' | 'degraded' {
  return status === 'degraded' ? 'degraded' : 'connected';
}
