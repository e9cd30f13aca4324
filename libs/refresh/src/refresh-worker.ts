import { Injectable, Logger } from '@nestjs/common';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
import { Connections, Revocations, type Connection, type ConnectionClaim } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { Database, asTenantId, newId } from '#libs/database';
import { Clock, DueWorker, backoffSeconds, claimDue, retryUntil, secondsAfter } from '#libs/scheduling';
import { retryLater, type RefreshOutcome } from './refresh-outcome.js';
import { REFRESH_DEADLINE_SECONDS, TokenRefresh } from './token-refresh.js';

/** Longer than the deadline of the call and the commit after it, so that no second worker spends the same refresh token. */
const LEASE_SECONDS = 45;
const STORE_SECONDS = 5;
const CONCURRENCY = 16;
const BACKOFF = { first: 30, max: 3600 };

interface Work {
  claim: ConnectionClaim;
  connection: Connection;
  app: TenantAppView | null;
  /** Version of the credentials in the vault that are spent. */
  spentVersion: number;
}

/** Refreshes connections whose token is about to end: claim, call, store. */
@Injectable()
export class RefreshWorker {
  readonly #log = new Logger('RefreshWorker');
  readonly #owner = newId();
  readonly #worker = new DueWorker<ConnectionClaim>({
    concurrency: CONCURRENCY,
    claim: (limit) => this.#claim(limit),
    handle: (claim) => this.#refresh(claim),
    onError: (error) => this.#log.error(error),
  });

  constructor(
    private readonly database: Database,
    private readonly connections: Connections,
    private readonly catalog: TenantCatalog,
    private readonly tokens: TokenRefresh,
    private readonly revocations: Revocations,
    private readonly clock: Clock,
  ) {}

  wake(): void {
    this.#worker.wake();
  }

  /** Waits for what is in flight, however long: a refresh is never cut off. */
  stop(): Promise<void> {
    return this.#worker.stop();
  }

  async #claim(limit: number): Promise<ConnectionClaim[]> {
    const now = this.clock.now();
    const leaseEnd = secondsAfter(now, LEASE_SECONDS);
    const rows = await claimDue(this.database, 'connections', { now, leaseEnd, owner: this.#owner, limit });
    return rows.map((row) => ({ ...row, tenantId: asTenantId(row.tenantId) }));
  }

  async #refresh(claim: ConnectionClaim): Promise<void> {
    const { tenantId, id } = claim;
    const held = await this.connections.credentials(tenantId, id);
    const connection = await this.connections.byId(tenantId, id);
    // Read last, so that the credentials are those of this version: reconnected or disconnected since the claim, it is not ours.
    if (connection?.version !== claim.version) return;
    const app = await this.catalog.find(tenantId, connection.appId);
    const spent = held?.value.reveal();
    if (!held || spent?.kind !== 'oauth2' || spent.refreshToken === null) {
      const reason = 'There is nothing to refresh it with.';
      await this.connections.storeRefreshFailure(claim, { status: 'needs_reauth', reason, dueAt: null });
      return;
    }
    // What could be answered after the lease is not asked: by then the same token may be another worker's to spend.
    if (secondsAfter(this.clock.now(), REFRESH_DEADLINE_SECONDS + STORE_SECONDS) > claim.leaseEnd) return;
    const outcome = app
      ? await this.tokens.ask(tenantId, app, spent)
      : retryLater('The app is switched off or has no OAuth client.');
    await this.#store({ claim, connection, app, spentVersion: held.version }, outcome);
  }

  async #store(work: Work, outcome: RefreshOutcome): Promise<void> {
    const { claim, connection } = work;
    if (outcome.kind === 'refreshed') {
      await this.#storeRefreshed(work, outcome);
      return;
    }
    this.#log.warn(`Refreshing connection ${claim.id} failed: ${outcome.reason}`);
    const dueAt = outcome.kind === 'needs_user' ? null : this.#nextTry(connection, outcome.retryAfterSeconds);
    const status = outcome.kind === 'needs_user' ? 'needs_reauth' : 'degraded';
    await this.connections.storeRefreshFailure(claim, { status, reason: outcome.reason, dueAt });
  }

  /** The answer can't be had again: storing it is retried for as long as the lease lasts. */
  async #storeRefreshed(
    { claim, app, spentVersion }: Work,
    { credentials }: Extract<RefreshOutcome, { kind: 'refreshed' }>,
  ): Promise<void> {
    const secret = new Secret(credentials);
    const stored = await retryUntil(claim.leaseEnd, () => this.connections.storeRefreshed(claim, secret, spentVersion));
    if (stored) return;
    this.#log.warn(`Connection ${claim.id} changed while it was refreshed; the late answer was not stored.`);
    const isGone = (await this.connections.byId(claim.tenantId, claim.id)) === null;
    if (isGone && app) await this.revocations.revoke(claim.tenantId, app, secret);
  }

  #nextTry({ refreshFailures }: Connection, retryAfter: number | null): Date {
    return secondsAfter(this.clock.now(), Math.max(retryAfter ?? 0, backoffSeconds(refreshFailures + 1, BACKOFF)));
  }
}
