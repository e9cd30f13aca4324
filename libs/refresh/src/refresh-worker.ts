import { Injectable, Logger } from '@nestjs/common';
import type { ConnectionClaim } from '#libs/connections';
import { Database, asTenantId, newId } from '#libs/database';
import { Clock, DueWorker, FairClaims, WorkerPresence, secondsAfter } from '#libs/scheduling';
import { AnswerStoring } from './answer-storing.js';
import { ConnectionRefresh } from './connection-refresh.js';
import { REFRESH_DEADLINE_SECONDS } from './token-refresh.js';

/** Longer than the deadline of the call and the commits around it. */
const LEASE_SECONDS = 45;
/** Most of a refresh is waiting: for the provider, and for commits and a disk that many share. */
const CONCURRENCY = 192;
/** What one process asks for one tenant at once: however much it has to do, the others find a place. */
export const REFRESHES_PER_TENANT = 48;
/** A token is refreshed minutes before it ends: a place waits a little for others, and what they claim goes through the database together. */
const GATHER_MILLISECONDS = 30;
/** For answers that the database does not take: they are in the journal by then. */
const STORE_MILLISECONDS = 2000;

/** Takes connections whose token is about to end, and has each refreshed. */
@Injectable()
export class RefreshWorker {
  readonly #log = new Logger('RefreshWorker');
  readonly #claims: FairClaims;
  readonly #presence: WorkerPresence;
  #left: Promise<void> | null = null;
  #isReady = false;
  readonly #worker = new DueWorker<ConnectionClaim>({
    name: 'refreshes',
    concurrency: CONCURRENCY,
    gatherMilliseconds: GATHER_MILLISECONDS,
    claim: (limit) => this.#claim(limit),
    hasMore: () => (this.#claims.hasRoom ? true : null),
    handle: (claim, release) => this.#handle(claim, release),
    onError: (error) => this.#log.error(error),
  });

  constructor(
    database: Database,
    private readonly refresh: ConnectionRefresh,
    private readonly answers: AnswerStoring,
    private readonly clock: Clock,
  ) {
    const owner = newId();
    this.#claims = new FairClaims(database.overTenants, {
      table: 'connections',
      owner,
      perTenant: REFRESHES_PER_TENANT,
    });
    this.#presence = new WorkerPresence(database.overTenants, clock, { id: owner, tables: ['connections'] });
  }

  /** What an earlier process on this disk has left is stored before anything else is asked for. */
  wake(): void {
    this.#left ??= this.answers.storeLeft().then(() => {
      this.#isReady = true;
      this.wake();
    });
    if (!this.#isReady) return;
    this.#presence.beat();
    this.#worker.wake();
  }

  /** Waits for what is in flight until its deadline: a refresh is never cut off. */
  async stop(): Promise<void> {
    const stopped = Promise.all([this.#left, this.#worker.stop()]);
    const leaving = setTimeout(() => this.answers.leave(), REFRESH_DEADLINE_SECONDS * 1000 + STORE_MILLISECONDS);
    await stopped.finally(() => clearTimeout(leaving));
    await this.#presence.leave();
  }

  /** Its place and its tenant's share are of calls: an answer that is on the disk waits for the database alone. */
  async #handle(claim: ConnectionClaim, release: () => void): Promise<void> {
    let isDone = false;
    const done = () => {
      if (!isDone) this.#claims.done(claim.tenantId);
      isDone = true;
    };
    const written = () => {
      done();
      release();
    };
    await this.refresh.run(claim, written).finally(done);
  }

  async #claim(limit: number): Promise<ConnectionClaim[]> {
    const now = this.clock.now();
    const rows = await this.#claims.claim(now, secondsAfter(now, LEASE_SECONDS), limit);
    return rows.map((row) => ({ ...row, tenantId: asTenantId(row.tenantId) }));
  }
}
