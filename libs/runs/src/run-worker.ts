import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Database, newId } from '#libs/database';
import { Clock, DueWorker, WorkerPresence } from '#libs/scheduling';
import { ActionDurations } from './action-durations.js';
import { RunClaims } from './run-claims.js';
import { RunExecutor } from './run-executor.js';
import type { ClaimedRun, Reservation } from './claimed-run.js';
import { RunWatch } from './run-watch.js';
import type { Run } from './run.entity.js';

/** Jobs in hand, most of which wait for an answer. */
const PLACES = 128;
/** What is due sooner than the next tick is looked at when it is due, as far as that goes. */
const TICK_MILLISECONDS = 1000;
const APART_MILLISECONDS = 50;
/** So long is waited for answers at the end. The row of a run that lasts longer says how far it came. */
const DRAIN_MILLISECONDS = 8000;

/** Claims due jobs and has each taken one step on. */
@Injectable()
export class RunWorker {
  readonly #log = new Logger('RunWorker');
  readonly #claims: RunClaims;
  readonly #presence: WorkerPresence;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  #isStopped = false;
  readonly #worker = new DueWorker<ClaimedRun>({
    name: 'runs',
    concurrency: PLACES,
    claim: () => this.#claim(),
    handle: (claimed) => this.#handle(claimed),
    hasMore: () => this.#claims.hasMore,
    onError: (error) => this.#log.error(error),
  });

  constructor(
    database: Database,
    private readonly executor: RunExecutor,
    private readonly durations: ActionDurations,
    private readonly watch: RunWatch,
    private readonly clock: Clock,
  ) {
    const owner = newId();
    this.#claims = new RunClaims(database.overTenants, { owner, places: PLACES });
    this.#presence = new WorkerPresence(database.overTenants, clock, {
      id: owner,
      tables: ['run_jobs'],
    });
  }

  /** Something is due, or may be. */
  wake(): void {
    this.#worker.wake();
  }

  /** To be called each second. */
  tick(): void {
    this.#presence.beat();
    this.#worker.wake();
  }

  /**
   * A place for a run that is about to be stored: it then need not be found and claimed. To be used up by `begin`, or given back.
   * @returns null where others come first, and where no worker runs
   */
  reserve(run: Pick<Run, 'tenantId' | 'appId'>, deadline: Date): Reservation | null {
    if (this.#isStopped || !this.#presence.isSeen) return null;
    return this.#claims.reserve(run, this.clock.now(), deadline);
  }

  /** With the run stored, its job under the lease of the reservation. */
  begin(claimed: ClaimedRun): void {
    this.watch.began(claimed.run);
    this.#worker.take(claimed);
  }

  giveBack(run: Pick<Run, 'tenantId' | 'appId'>): void {
    this.#claims.done({ run });
  }

  /** Claims no more and waits for what is in hand, but not for long. What is left may still be answered: the others take it over when we are silent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    const drained = this.#worker.stop().then(() => true);
    const isDrained = await Promise.race([drained, delay(DRAIN_MILLISECONDS, false, { ref: false })]);
    await this.durations.flush();
    if (isDrained) await this.#presence.leave();
  }

  async #claim(): Promise<ClaimedRun[]> {
    await this.#presence.arrive();
    return this.#claims.claim(this.clock.now());
  }

  async #handle(claimed: ClaimedRun): Promise<void> {
    try {
      const dueAt = await this.executor.take(claimed);
      if (dueAt) this.#wakeAt(dueAt);
    } finally {
      this.#claims.done(claimed);
      this.watch.left(claimed.run);
    }
  }

  /** Saves the wait for the next tick, which finds it too. */
  #wakeAt(dueAt: Date): void {
    const turn = Math.ceil(dueAt.getTime() / APART_MILLISECONDS);
    const milliseconds = turn * APART_MILLISECONDS - this.clock.now().getTime();
    if (milliseconds > 60 * TICK_MILLISECONDS || this.#timers.has(turn)) return;
    const wake = () => {
      this.#timers.delete(turn);
      this.wake();
    };
    this.#timers.set(turn, setTimeout(wake, Math.max(0, milliseconds)).unref());
  }
}
