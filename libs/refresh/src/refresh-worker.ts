import { Injectable, Logger } from '@nestjs/common';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
import { Connections, type Connection, type ConnectionClaim, type Credentials } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { Database, asTenantId, newId } from '#libs/database';
import { Egress, EgressError } from '#libs/egress';
import { Problem } from '#libs/errors';
import { Clock, DueWorker, backoffSeconds, claimDue, secondsAfter } from '#libs/scheduling';
import { readRefreshAnswer, type RefreshOutcome } from './refresh-outcome.js';

/** Longer than the HTTP deadline and the commit after it, so that no second worker spends the same refresh token. */
const LEASE_SECONDS = 45;
const HTTP_DEADLINE_SECONDS = 30;
const CONCURRENCY = 16;
const BACKOFF = { first: 30, max: 3600 };

type Oauth2Credentials = Extract<Credentials, { kind: 'oauth2' }>;

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
    private readonly egress: Egress,
    private readonly clock: Clock,
  ) {}

  wake(): void {
    this.#worker.wake();
  }

  /** A refresh in flight is never cut off: its answer may be the only copy of the next refresh token. */
  stop(): Promise<void> {
    return this.#worker.stop();
  }

  async #claim(limit: number): Promise<ConnectionClaim[]> {
    const now = this.clock.now();
    const rows = await claimDue(this.database, 'connections', {
      now,
      leaseEnd: secondsAfter(now, LEASE_SECONDS),
      owner: this.#owner,
      limit,
    });
    return rows.map((row) => ({ ...row, tenantId: asTenantId(row.tenantId) }));
  }

  async #refresh(claim: ConnectionClaim): Promise<void> {
    const connection = await this.connections.byId(claim.tenantId, claim.id);
    const held = await this.connections.credentials(claim.tenantId, claim.id);
    const credentials = held?.value.reveal();
    const app = connection && (await this.catalog.find(claim.tenantId, connection.appId));
    if (!connection || !held || credentials?.kind !== 'oauth2' || credentials.refreshToken === null) {
      await this.connections.storeRefreshFailure(claim, {
        status: 'needs_reauth',
        reason: 'There is nothing to refresh it with.',
        dueAt: null,
      });
      return;
    }
    const outcome = app
      ? await this.#ask(claim, app, credentials)
      : unavailable('The app is switched off or has no OAuth client.');
    await this.#store(claim, connection, outcome, held.version);
  }

  async #ask(claim: ConnectionClaim, app: TenantAppView, spent: Oauth2Credentials): Promise<RefreshOutcome> {
    const askedAt = this.clock.now();
    try {
      const response = await this.egress.request({
        method: 'POST',
        url: refreshUrl(app),
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: await this.#form(claim, app, spent),
        timeoutSeconds: HTTP_DEADLINE_SECONDS,
      });
      return readRefreshAnswer(response, spent, askedAt);
    } catch (error) {
      if (error instanceof EgressError || error instanceof Problem) return unavailable(error.message);
      throw error;
    }
  }

  async #form(claim: ConnectionClaim, app: TenantAppView, spent: Oauth2Credentials): Promise<string> {
    const { clientId, clientSecret } = await this.catalog.oauthClient(claim.tenantId, app);
    return new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: spent.refreshToken ?? '',
      client_id: clientId,
      client_secret: clientSecret.reveal(),
    }).toString();
  }

  async #store(
    claim: ConnectionClaim,
    connection: Connection,
    outcome: RefreshOutcome,
    spentVersion: number,
  ): Promise<void> {
    if (outcome.kind === 'refreshed') {
      const stored = await this.connections.storeRefreshed(claim, new Secret(outcome.credentials), spentVersion);
      if (!stored)
        this.#log.warn(`Connection ${claim.id} changed while it was refreshed; the late answer was discarded.`);
      return;
    }
    this.#log.warn(`Refreshing connection ${claim.id} failed: ${outcome.reason}`);
    const dueAt = outcome.kind === 'needs_user' ? null : this.#nextTry(connection, outcome.retryAfterSeconds);
    const status = outcome.kind === 'needs_user' ? 'needs_reauth' : 'degraded';
    await this.connections.storeRefreshFailure(claim, { status, reason: outcome.reason, dueAt });
  }

  #nextTry({ refreshFailures }: Connection, retryAfter: number | null): Date {
    return secondsAfter(this.clock.now(), Math.max(retryAfter ?? 0, backoffSeconds(refreshFailures + 1, BACKOFF)));
  }
}

function refreshUrl({ definition: { security } }: TenantAppView): string {
  if (security.kind !== 'oauth2') throw new Error('The app has no OAuth to refresh with.');
  return security.refreshUrl ?? security.tokenUrl;
}

function unavailable(reason: string): RefreshOutcome {
  return { kind: 'retry', reason, retryAfterSeconds: null };
}
