import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { signals, traced } from '#libs/telemetry';
import type { DeadlineClient } from './deadline-client.js';
import { PoolQueue } from './pool-queue.js';
import { SHARED, type Scope } from './scope.js';

export interface Queryable {
  /** Rows of a SELECT, or of RETURNING; column names as the statement gives them. */
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

export interface Transaction extends Queryable {
  readonly manager: EntityManager;
}

const DATABASE_SPAN = { kind: 'client', attributes: { 'db.system.name': 'postgresql' } } as const;
const START: Scope = { text: 'START TRANSACTION', values: [] };

/** Plain SQL, each statement behind its scope: in one round trip with it, and a transaction with its beginning. */
export class ScopedDatabase implements Queryable {
  constructor(
    private readonly dataSource: DataSource,
    private readonly scope: Scope,
    private readonly queue: PoolQueue = new PoolQueue(),
  ) {}

  query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.#scoped((runner) => rowsOf<Row>(runner, sql, parameters));
  }

  /** As `query`, by TypeORM's mapper. */
  mapped<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.#scoped((runner) => work(this.dataSource.createEntityManager(runner)));
  }

  /** READ COMMITTED. Never call out over HTTP inside: the connection would be held for as long as the other side likes. */
  transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return this.#connected(async (runner, client) => {
      client.before = null;
      // Or the manager would begin one of its own.
      const state: { isTransactionActive: boolean } = runner;
      state.isTransactionActive = true;
      try {
        await client.batch(START, this.scope);
        const result = await work(transactionOver(runner, this.dataSource.createEntityManager(runner)));
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      } finally {
        state.isTransactionActive = false;
      }
    });
  }

  /**
   * A transaction that commits only when `work` answers true: for conditional writes that happen together or not at all.
   * @returns what `work` answered
   */
  async commitIf(work: (tx: Transaction) => Promise<boolean>): Promise<boolean> {
    try {
      await this.transaction(async (tx) => {
        if (!(await work(tx))) throw new RolledBack();
      });
      return true;
    } catch (error) {
      if (error instanceof RolledBack) return false;
      throw error;
    }
  }

  #scoped<Result>(work: (runner: QueryRunner) => Promise<Result>): Promise<Result> {
    return this.#connected((runner, client) => {
      client.before = this.scope;
      return work(runner);
    });
  }

  async #connected<Result>(work: (runner: QueryRunner, client: DeadlineClient) => Promise<Result>): Promise<Result> {
    const runner = this.dataSource.createQueryRunner();
    let client: DeadlineClient | undefined;
    try {
      client = (await this.queue.wait(() => runner.connect())) as DeadlineClient;
      return await work(runner, client);
    } finally {
      if (client) client.before = SHARED;
      await runner.release();
    }
  }
}

class RolledBack extends Error {}

export function isTransaction(database: Queryable): database is Transaction {
  return 'manager' in database;
}

function transactionOver(runner: QueryRunner, manager: EntityManager): Transaction {
  return {
    manager,
    query: <Row>(sql: string, parameters: readonly unknown[] = []) => rowsOf<Row>(runner, sql, parameters),
  };
}

/** With the structured result, RETURNING of an UPDATE gives rows like that of an INSERT: TypeORM's plain form differs between the two. */
async function rowsOf<Row>(runner: QueryRunner, sql: string, parameters: readonly unknown[]): Promise<Row[]> {
  const startedAt = performance.now();
  let result: 'ok' | 'failed' = 'failed';
  try {
    const answer = await traced(`db ${verbOf(sql)}`, DATABASE_SPAN, () => runner.query(sql, [...parameters], true));
    result = 'ok';
    return answer.records as Row[];
  } finally {
    signals.queryEnded.publish({ result, seconds: (performance.now() - startedAt) / 1000 });
  }
}

function verbOf(sql: string): string {
  return /[a-z]+/i.exec(sql)?.[0].toUpperCase() ?? '';
}
