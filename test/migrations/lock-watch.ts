import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

const EVERY_MILLISECONDS = 10;

/**
 * Locks of a migration that keep readers or writers from a table that others know, and whoever waits behind one. A table that the migration
 * itself made is nobody's yet: nobody else sees its row of pg_class.
 */
const LOCKS = `
  SELECT l.pid, c.relname AS "table", l.mode, NULL::float8 AS waited
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_class c ON c.oid = l.relation
   WHERE a.application_name = 'gatehouse-migrate' AND a.datname = current_database() AND l.granted AND l.locktype = 'relation' AND c.relkind IN ('r', 'p')
     AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
  UNION ALL
  SELECT l.pid, coalesce(l.relation::regclass::text, l.locktype), l.mode, extract(epoch FROM clock_timestamp() - l.waitstart) * 1000
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
   WHERE a.application_name <> 'gatehouse-migrate' AND a.datname = current_database() AND NOT l.granted
     AND EXISTS (SELECT FROM unnest(pg_blocking_pids(l.pid)) AS blocking JOIN pg_stat_activity m ON m.pid = blocking
                  WHERE m.application_name = 'gatehouse-migrate')`;

interface Lock {
  pid: number;
  table: string;
  mode: string;
  waited: number | null;
}

/** A lock and for how long, to the precision of a look. */
export interface LockTime {
  milliseconds: number;
  what: string;
}

const NONE: LockTime = { milliseconds: 0, what: 'nothing' };

/** Looks again and again at what migrations of this database lock. */
export class LockWatch implements AsyncDisposable {
  /** The longest that a migration had a table to itself, or kept writers from it. */
  held = NONE;
  /** The longest that somebody else waited for a migration. */
  waited = NONE;
  #since = new Map<string, number>();
  #isGoing = true;
  readonly #done: Promise<void>;

  private constructor(private readonly client: Client) {
    this.#done = this.#watch();
  }

  static async start(url: string): Promise<LockWatch> {
    const client = new Client({ connectionString: url, application_name: 'lock-watch' });
    await client.connect();
    return new LockWatch(client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isGoing = false;
    try {
      await this.#done;
    } finally {
      await this.client.end();
    }
  }

  async #watch(): Promise<void> {
    while (this.#isGoing) {
      const now = performance.now();
      const { rows } = await this.client.query<Lock>(LOCKS);
      const since = new Map<string, number>();
      for (const { pid, table, mode, waited } of rows) {
        if (waited !== null) this.waited = longer(this.waited, waited, `${mode} of ${table}`);
        else {
          const key = `${pid} ${table} ${mode}`;
          since.set(key, this.#since.get(key) ?? now);
          this.held = longer(this.held, now - (since.get(key) ?? now), `${mode} of ${table}`);
        }
      }
      this.#since = since;
      await delay(EVERY_MILLISECONDS);
    }
  }
}

function longer(longest: LockTime, milliseconds: number, what: string): LockTime {
  return milliseconds > longest.milliseconds ? { milliseconds, what } : longest;
}
