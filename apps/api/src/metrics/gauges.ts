import { Gauge, type Registry } from 'prom-client';
import { connectionStatuses } from '#libs/connections';
import type { Database, Wakeups } from '#libs/database';
import type { VaultMemory } from '#libs/vault';
import type { Backlogs } from './backlog.js';

/** For a database that hangs: a scrape waits no longer. */
const PATIENCE_MILLISECONDS = 2000;

export interface GaugeSources {
  backlogs: Backlogs;
  database: Database;
  wakeups: Wakeups;
  vault: VaultMemory;
}

/** What is looked at when somebody asks, and not before. @returns reads what is in the database: to be awaited before each scrape */
export function gauges(registry: Registry, { backlogs, database, wakeups, vault }: GaugeSources): () => Promise<void> {
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number | null) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const now = value();
        if (now !== null) this.set(now);
      },
    });
  gauge('gatehouse_database_pool_size', 'Connections to the database of this process.', () => database.pool.size);
  gauge('gatehouse_database_pool_used', 'Of them, those in use.', () => database.pool.used);
  gauge('gatehouse_database_pool_waiting', 'Who waits for one.', () => database.pool.waiting);
  gauge(
    'gatehouse_database_pool_wait_seconds',
    'For so long the first of them has waited; from 5 on requests fail with 503.',
    () => database.pool.waitedMilliseconds / 1000,
  );
  gauge('gatehouse_vault_data_keys_held', 'Data keys unwrapped in memory.', () => vault.heldKeys);
  gauge('gatehouse_listening', '1 while wake-ups arrive; without them the ticks go on.', () =>
    wakeups.isListening === null ? null : Number(wakeups.isListening),
  );
  const stored = new DatabaseGauges(registry, backlogs);
  return () => stored.read();
}

/** The same from every process: take the largest, not the sum. */
class DatabaseGauges {
  readonly #isUp: Gauge;
  readonly #due: Gauge;
  readonly #overdue: Gauge;
  readonly #oldest: Gauge;
  readonly #circuits: Gauge;
  readonly #connections: Gauge;

  constructor(
    registry: Registry,
    private readonly backlogs: Backlogs,
  ) {
    const of = (name: string, help: string, ...labelNames: string[]) =>
      new Gauge({ name, help, labelNames, registers: [registry] });
    this.#due = of(
      'gatehouse_queue_due',
      'Rows that are due and that nobody has in hand, and revocation jobs until they are done; 10000: or more.',
      'queue',
    );
    this.#overdue = of('gatehouse_queue_overdue', 'Of them, those that are due for a minute or longer.', 'queue');
    this.#oldest = of('gatehouse_queue_oldest_seconds', 'For so long the oldest of them is due.', 'queue');
    this.#circuits = of('gatehouse_circuits_open', 'Apps (refresh) and upstreams that are left alone.', 'kind');
    this.#connections = of('gatehouse_connections', 'Connections by status.', 'status');
    this.#isUp = of(
      'gatehouse_database_up',
      '1 when the database answered this scrape. Without it the figures of what waits are left out.',
    );
  }

  async read(): Promise<void> {
    const read = Promise.all([this.backlogs.queues(), this.backlogs.circuits(), this.backlogs.connections()]);
    const answer = await withinPatience(read).catch(() => null);
    for (const one of [this.#due, this.#overdue, this.#oldest, this.#circuits, this.#connections]) one.reset();
    this.#isUp.set(answer === null ? 0 : 1);
    if (answer === null) return;
    const [queues, circuits, connections] = answer;
    for (const { queue, due, overdue, oldestSeconds } of queues) {
      this.#due.set({ queue }, due);
      this.#overdue.set({ queue }, overdue);
      this.#oldest.set({ queue }, oldestSeconds);
    }
    for (const [kind, count] of Object.entries(circuits)) this.#circuits.set({ kind }, count);
    for (const status of connectionStatuses) this.#connections.set({ status }, 0);
    for (const { status, count } of connections) this.#connections.set({ status }, count);
  }
}

function withinPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), PATIENCE_MILLISECONDS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
