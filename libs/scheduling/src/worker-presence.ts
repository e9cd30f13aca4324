import { Logger } from '@nestjs/common';
import type { Clock } from './clock.js';
import { secondsAfter } from './seconds-after.js';
import type { DueTable } from './due-rows.js';

interface Queryable {
  query<Row>(sql: string, parameters: unknown[]): Promise<Row[]>;
}

const EVERY_SECONDS = 2;
/**
 * A worker that was not heard of for so long is gone. A provider takes a spent token for half a minute perhaps: in that time several workers
 * in a row may die with it.
 */
const GONE_SECONDS = 7;
const FORGOTTEN_SECONDS = 3600;

/**
 * Workers say that they live. The rows of one that no longer does are due at once, rather than when their leases end. A worker that was
 * only paused finds out by the fence of each row.
 */
export class WorkerPresence {
  readonly #log = new Logger('WorkerPresence');
  #steadySince: Date | null = null;
  #seenAt: Date | null = null;
  #beating: Promise<void> | null = null;

  constructor(
    private readonly database: Queryable,
    private readonly clock: Clock,
    private readonly options: { id: string; tables: readonly DueTable[] },
  ) {}

  /** Whether it is on record that this worker lives, for a while yet: nobody takes its rows over in that time. */
  get isSeen(): boolean {
    return this.#seenAt !== null && secondsAfter(this.#seenAt, GONE_SECONDS - EVERY_SECONDS) > this.clock.now();
  }

  /** To be called at each tick. Never throws. */
  beat(): void {
    const now = this.clock.now();
    if (this.#seenAt && secondsAfter(this.#seenAt, EVERY_SECONDS) > now) return;
    this.#beating ??= this.#beat(now)
      .catch((cause: unknown) => {
        this.#steadySince = null;
        this.#log.warn({ msg: 'This worker could not say that it lives; others may take its work over.', cause });
      })
      .finally(() => (this.#beating = null));
  }

  /** Resolves when it is on record that this worker lives: rows that it claimed before would wait for the end of their leases. Never throws. */
  async arrive(): Promise<void> {
    if (this.#seenAt) return;
    this.beat();
    await this.#beating;
  }

  /** The rows that this worker still has are due for the others. */
  async leave(): Promise<void> {
    await this.#beating;
    await this.database
      .query(`UPDATE workers SET seen_at = $2 WHERE id = $1`, [this.options.id, new Date(0)])
      .catch(() => undefined);
  }

  async #beat(now: Date): Promise<void> {
    if (!this.#seenAt || secondsAfter(this.#seenAt, GONE_SECONDS) < now) this.#steadySince = now;
    await this.database.query(
      `INSERT INTO workers (id, seen_at) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`,
      [this.options.id, now],
    );
    this.#seenAt = now;
    // After an outage of the database nobody was seen for a while: everybody gets the time to be seen again.
    this.#steadySince ??= now;
    if (secondsAfter(this.#steadySince, GONE_SECONDS) <= now) await this.#takeOver(now);
  }

  async #takeOver(now: Date): Promise<void> {
    const gone = await this.database.query<{ id: string }>(`SELECT id FROM workers WHERE seen_at < $1`, [
      secondsAfter(now, -GONE_SECONDS),
    ]);
    if (gone.length === 0) return;
    const ids = gone.map(({ id }) => id);
    for (const table of this.options.tables) {
      await this.database.query(
        `UPDATE ${table} SET due_at = $2, lease_until = NULL, lease_owner = NULL, version = version + 1
          WHERE lease_owner = ANY ($1) AND lease_until > $2`,
        [ids, now],
      );
    }
    await this.database.query(`DELETE FROM workers WHERE id = ANY ($1) AND seen_at < $2`, [
      ids,
      secondsAfter(now, -FORGOTTEN_SECONDS),
    ]);
  }
}
