import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Database, Wakeups, isUuid, type TenantId } from '#libs/database';
import { RunSubscription } from './run-subscription.js';

/** Of one process. Who comes later does not wait, but is answered with how things stand. */
const MAX_SUBSCRIPTIONS = 10_000;

/**
 * Who waits for runs in this process. An end is told by LISTEN/NOTIFY; what that misses, and what happens before the end, is found by a look
 * at all of them at once, each second. Nobody who waits holds a database connection.
 */
@Injectable()
export class RunWatch implements OnModuleInit, BeforeApplicationShutdown {
  readonly #log = new Logger('RunWatch');
  readonly #subscriptions = new Map<string, Set<RunSubscription>>();
  #count = 0;
  #stopped = false;

  constructor(
    private readonly database: Database,
    private readonly wakeups: Wakeups,
  ) {}

  onModuleInit(): void {
    this.wakeups.listen('run_ends', (id) => this.#notify(id));
  }

  /** Whoever waits is answered with how things stand: this process is about to end. */
  beforeApplicationShutdown(): void {
    this.#stopped = true;
    for (const subscriptions of this.#subscriptions.values()) for (const one of subscriptions) one.stop();
  }

  /**
   * To be taken before the run is read: what happens after that reading is then not missed. To be disposed of.
   * @param id any text
   */
  subscribe(tenantId: TenantId, id: string): RunSubscription {
    const subscription = new RunSubscription(tenantId, () => this.#remove(id, subscription));
    if (this.#stopped || this.#count >= MAX_SUBSCRIPTIONS || !isUuid(id)) {
      subscription.stop();
      return subscription;
    }
    const others = this.#subscriptions.get(id) ?? new Set();
    this.#subscriptions.set(id, others.add(subscription));
    this.#count += 1;
    return subscription;
  }

  /** For a tick: finds what no wake-up told. One query, however many wait. */
  async look(): Promise<void> {
    const waiting = [...this.#subscriptions].flatMap(([id, all]) => [...all].map(({ tenantId }) => ({ tenantId, id })));
    if (waiting.length === 0) return;
    try {
      const rows = await this.database.query<{ tenantId: TenantId; id: string; state: string }>(
        `SELECT tenant_id AS "tenantId", id, state FROM runs
          WHERE (tenant_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))`,
        [waiting.map(({ tenantId }) => tenantId), waiting.map(({ id }) => id)],
      );
      for (const { id, state } of rows) for (const one of this.#subscriptions.get(id) ?? []) one.seen(state);
    } catch (cause) {
      this.#log.warn({ msg: 'Runs that are waited for could not be looked at; they are again in a second.', cause });
    }
  }

  #notify(id: string): void {
    // The listener was away: anything may have happened.
    const woken = id === '' ? [...this.#subscriptions.values()] : [this.#subscriptions.get(id) ?? []];
    for (const subscriptions of woken) for (const one of subscriptions) one.notify();
  }

  #remove(id: string, subscription: RunSubscription): void {
    const left = this.#subscriptions.get(id);
    if (!left?.delete(subscription)) return;
    this.#count -= 1;
    if (left.size === 0) this.#subscriptions.delete(id);
  }
}
