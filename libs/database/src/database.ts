import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { signals, traced } from '#libs/telemetry';

export interface Queryable {
  /** Rows of a SELECT, or of RETURNING; column names as the statement gives them. */
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

export interface Transaction extends Queryable {
  readonly manager: EntityManager;
}

const DATABASE_SPAN = { kind: 'client', attributes: { 'db.system.name': 'postgresql' } } as const;

/** Plain SQL over TypeORM's pool. Entities describe the schema; stores speak SQL. */
@Injectable()
export class Database implements Queryable {
  constructor(private readonly dataSource: DataSource) {}

  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const runner = this.dataSource.createQueryRunner();
    try {
      return await rowsOf<Row>(runner, sql, parameters);
    } finally {
      await runner.release();
    }
  }

  /** READ COMMITTED. Never call out over HTTP inside: the connection would be held for as long as the other side likes. */
  transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return this.dataSource.transaction((manager) => {
      const runner = manager.queryRunner as QueryRunner;
      return work({
        manager,
        query: <Row>(sql: string, parameters: readonly unknown[] = []) => rowsOf<Row>(runner, sql, parameters),
      });
    });
  }

  /** Connections, and who waits for one. */
  get pool(): { size: number; used: number; waiting: number } {
    const { totalCount, idleCount, waitingCount } = (this.dataSource.driver as unknown as { master: Pool }).master;
    return { size: totalCount, used: totalCount - idleCount, waiting: waitingCount };
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
}

class RolledBack extends Error {}

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
