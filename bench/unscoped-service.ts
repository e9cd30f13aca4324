import type { DataSource, QueryRunner } from 'typeorm';
import { ScopedDatabase, type Transaction } from '#libs/database';
import { signals, traced } from '#libs/telemetry';

/**
 * The baseline of `row-security`: the same service, whose every statement goes out as it was before there were scopes. Run by the owner of
 * the tables, whom row-level security does not hold. Nothing else differs.
 */
const SPAN = { kind: 'client', attributes: { 'db.system.name': 'postgresql' } } as const;

interface Scoped {
  dataSource: DataSource;
}

const { prototype } = ScopedDatabase;

prototype.query = function query<Row>(sql: string, parameters: readonly unknown[] | undefined): Promise<Row[]> {
  return unscoped(this as unknown as Scoped, (runner) => rowsOf<Row>(runner, sql, parameters ?? []));
};
prototype.mapped = function mapped(work) {
  const scoped = this as unknown as Scoped;
  return unscoped(scoped, (runner) => work(scoped.dataSource.createEntityManager(runner)));
};
prototype.transaction = function transaction(work) {
  return unscoped(this as unknown as Scoped, async (runner) => {
    await runner.startTransaction();
    try {
      const query = <Row>(sql: string, parameters: readonly unknown[] = []) => rowsOf<Row>(runner, sql, parameters);
      const tx: Transaction = { manager: runner.manager, query };
      const result = await work(tx);
      await runner.commitTransaction();
      return result;
    } catch (error) {
      await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    }
  });
};

await import('../apps/api/src/main.js');

async function unscoped<Result>(
  { dataSource }: Scoped,
  work: (runner: QueryRunner) => Promise<Result>,
): Promise<Result> {
  const runner = dataSource.createQueryRunner();
  try {
    ((await runner.connect()) as { before: unknown }).before = null;
    return await work(runner);
  } finally {
    await runner.release();
  }
}

async function rowsOf<Row>(runner: QueryRunner, sql: string, parameters: readonly unknown[]): Promise<Row[]> {
  const startedAt = performance.now();
  const verb = /[a-z]+/i.exec(sql)?.[0].toUpperCase() ?? '';
  const answer = await traced(`db ${verb}`, SPAN, () => runner.query(sql, [...parameters], true));
  signals.queryEnded.publish({ result: 'ok', seconds: (performance.now() - startedAt) / 1000 });
  return answer.records as Row[];
}
