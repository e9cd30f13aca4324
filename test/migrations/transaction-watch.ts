import { type DataSource, type EntitySubscriberInterface, EventSubscriber, type QueryRunner } from 'typeorm';

/** Modes that keep readers or writers from a table. */
const STRONG = ['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'];
const TABLES = `SELECT oid::text, relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace`;
const LOCKS = `SELECT DISTINCT relation::text AS oid, mode FROM pg_locks WHERE pid = pg_backend_pid() AND mode = ANY ($1) AND locktype = 'relation'`;
/** By this connection, and not yet told to the others: within a transaction it only grows. */
const ROWS_MET = `
  SELECT relname AS name, (seq_tup_read + coalesce(idx_tup_fetch, 0) + n_tup_ins)::float8 AS read, (n_tup_upd + n_tup_del)::float8 AS written
    FROM pg_stat_xact_user_tables`;
/** What can't be done within a transaction, what waits for nobody, and the list of migrations itself. */
const OUTSIDE =
  /^\s*(SELECT|CREATE (UNIQUE )?INDEX CONCURRENTLY|DROP INDEX CONCURRENTLY|(INSERT INTO|DELETE FROM) "migrations")/;

interface Event {
  queryRunner: QueryRunner;
}

interface Rows {
  read: number;
  written: number;
}

/** Sees each transaction of the migrations of a data source, and what they do outside of any. */
@EventSubscriber()
export class TransactionWatch implements EntitySubscriberInterface {
  /** Transactions that went through a whole table, by whatever way, and kept readers or writers from one meanwhile, or from all of its rows. */
  readonly blocking: string[] = [];
  /** Statements that wait for a lock as long as it takes, with everybody else behind them. */
  readonly unbounded: string[] = [];
  #tables = new Map<string, string>();
  #before = new Map<string, Rows>();

  /** @param manyRows those of a full table */
  constructor(private readonly manyRows: number) {}

  watch(source: DataSource): void {
    source.subscribers.push(this);
  }

  beforeQuery({ query, queryRunner }: Event & { query: string }): void {
    if (!queryRunner.isTransactionActive && !OUTSIDE.test(query)) this.unbounded.push(query);
  }

  async afterTransactionStart({ queryRunner }: Event): Promise<void> {
    const tables: { oid: string; name: string }[] = await queryRunner.query(TABLES);
    this.#tables = new Map(tables.map(({ oid, name }) => [oid, name]));
    this.#before = await rowsMet(queryRunner);
  }

  async beforeTransactionCommit({ queryRunner }: Event): Promise<void> {
    const locks: { oid: string; mode: string }[] = await queryRunner.query(LOCKS, [STRONG]);
    // One that was made in this transaction is nobody else's yet.
    const held = locks.flatMap(({ oid, mode }) =>
      this.#tables.has(oid) ? [`${this.#tables.get(oid)} (${mode})`] : [],
    );
    for (const [name, { read, written }] of await rowsMet(queryRunner)) {
      const before = this.#before.get(name) ?? { read: 0, written: 0 };
      const [hasRead, hasWritten] = [read - before.read, written - before.written];
      if (hasWritten >= this.manyRows) this.blocking.push(`wrote ${hasWritten} rows of ${name}`);
      if (held.length > 0 && hasRead + hasWritten >= this.manyRows)
        this.blocking.push(`went through ${hasRead + hasWritten} rows of ${name} under ${held.join(', ')}`);
    }
  }
}

async function rowsMet(runner: QueryRunner): Promise<Map<string, Rows>> {
  const rows: ({ name: string } & Rows)[] = await runner.query(ROWS_MET);
  return new Map(rows.map(({ name, ...met }) => [name, met]));
}
