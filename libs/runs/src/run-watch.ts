import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Database, Wakeups, isUuid, type TenantId } from '#libs/database';
import type { RunView } from './run-outcome.js';
import type { Run } from './run.entity.js';
import { RunSubscription } from './run-subscription.js';

/** In one process. Who comes later does not wait, but is answered with how things stand. */
const MAX_SUBSCRIPTIONS = 10_000;
const MAX_OF_TENANT = 5000;
const MAX_OF_USER = 500;

/**
 * Who waits for runs in this process. An end is told by LISTEN/NOTIFY; what that misses, and what happens before the end, is found by a look
 * at all of them at once, each second. Nobody who waits holds a database connection.
 */
@Injectable()
export class RunWatch implements OnModuleInit, OnModuleDestroy {
  readonly #log = new Logger('RunWatch');
  readonly #subscriptions = new Map<string, Set<RunSubscription>>();
  /** Those that this process has in hand since they were created. */
  readonly #inHand = new Map<string, Run>();
  readonly #tally = new Map<string, number>();
  #stopped = false;

  constructor(
    private readonly database: Database,
    private readonly wakeups: Wakeups,
  ) {}

  onModuleInit(): void {
    this.wakeups.listen('run_ends', (id) => this.#notify(id));
  }

  /** Before anything that takes its time to end: whoever waits is answered with how things stand. */
  onModuleDestroy(): void {
    this.#stopped = true;
    for (const subscriptions of this.#subscriptions.values()) for (const one of subscriptions) one.stop();
  }

  /**
   * To be taken before the run is read: what happens after that reading is then not missed. To be disposed of.
   * @param named any text
   */
  subscribe({ tenantId, userId }: { tenantId: TenantId; userId: string }, named: string): RunSubscription {
    // As PostgreSQL writes it.
    const id = named.toLowerCase();
    const quotas = { '': MAX_SUBSCRIPTIONS, [tenantId]: MAX_OF_TENANT, [`${tenantId} ${userId}`]: MAX_OF_USER };
    const subscription = new RunSubscription(tenantId, () => this.#remove(id, subscription, Object.keys(quotas)));
    const isFull = Object.entries(quotas).some(([name, most]) => (this.#tally.get(name) ?? 0) >= most);
    if (this.#stopped || isFull || !isUuid(id)) {
      subscription.stop();
      return subscription;
    }
    const others = this.#subscriptions.get(id) ?? new Set();
    this.#subscriptions.set(id, others.add(subscription));
    for (const name of Object.keys(quotas)) this.#tally.set(name, (this.#tally.get(name) ?? 0) + 1);
    return subscription;
  }

  /** This process is at work on it from its creation on. To be called before anybody knows its id. */
  began(run: Run): void {
    this.#inHand.set(run.id, run);
  }

  left({ id }: Pick<Run, 'id'>): void {
    this.#inHand.delete(id);
  }

  /**
   * Whether there is anything to wait for, without reading it: for who has subscribed to it already.
   * @returns the user's run as it began; null when this process has no such run in hand
   */
  underWay({ tenantId, userId }: Pick<Run, 'tenantId' | 'userId'>, id: string): RunView | null {
    const run = this.#inHand.get(id.toLowerCase());
    return run?.tenantId === tenantId && run.userId === userId ? { run, outcome: null } : null;
  }

  /** The run has ended by this process. Whoever waits for it here need not read it. */
  ended(view: RunView): void {
    this.left(view.run);
    for (const one of this.#subscriptions.get(view.run.id) ?? []) one.end(view);
  }

  /** For a tick: finds what no wake-up told. One query, however many wait. */
  async look(): Promise<void> {
    const waiting = [...this.#subscriptions].flatMap(([id, all]) => [...all].map(({ tenantId }) => ({ tenantId, id })));
    if (waiting.length === 0) return;
    try {
      const rows = await this.database.overTenants.query<{ tenantId: TenantId; id: string; state: string }>(
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

  #remove(id: string, subscription: RunSubscription, quotas: readonly string[]): void {
    const left = this.#subscriptions.get(id);
    if (!left?.delete(subscription)) return;
    for (const name of quotas) {
      const others = (this.#tally.get(name) ?? 1) - 1;
      if (others > 0) this.#tally.set(name, others);
      else this.#tally.delete(name);
    }
    if (left.size === 0) this.#subscriptions.delete(id);
  }
}
