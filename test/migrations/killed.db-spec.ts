import { type DataSource, type EntitySubscriberInterface, EventSubscriber, type QueryRunner } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBareDatabase, queryOnce, type TestDatabase } from '#libs/testing';
import { migrations, migrationSource } from '../../migrations/data-source.js';
import { FullTables } from './full-tables.js';

const FIRST_RELEASE = 9;
const SCHEMA = `
  SELECT 'column' AS what, table_name || '.' || column_name AS name, concat_ws(' ', ordinal_position, data_type, is_nullable, column_default) AS definition
    FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL SELECT 'constraint', conname, conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid) || indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT 'trigger', tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT 'policy', policyname || ' of ' || tablename, concat_ws(' ', roles::text, cmd, qual, with_check) FROM pg_policies
  UNION ALL SELECT 'rights', relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
  ORDER BY what, name, definition`;

/** Lets a migration do so many things that last, and then no more. */
@EventSubscriber()
class Death implements EntitySubscriberInterface {
  steps = Infinity;

  beforeQuery({ query, queryRunner }: { query: string; queryRunner: QueryRunner }): void {
    const lasts = queryRunner.isTransactionActive ? query === 'COMMIT' : !/^\s*SELECT/.test(query);
    if (!lasts) return;
    if (this.steps === 0) throw new Error('It was killed.');
    this.steps -= 1;
  }
}

class Upgrade implements AsyncDisposable {
  readonly death = new Death();

  private constructor(
    private readonly database: TestDatabase,
    private readonly source: DataSource,
    private readonly runner: QueryRunner,
  ) {
    source.subscribers.push(this.death);
  }

  /** Of a database with rows of the first release. */
  static async start(): Promise<Upgrade> {
    const database = await createBareDatabase();
    const source = await migrationSource(database.url, migrations.slice(0, FIRST_RELEASE)).initialize();
    await source.runMigrations({ transaction: 'each' });
    const full = new FullTables(database.url, 5);
    await full.seed();
    await full.fillUp([]);
    return new Upgrade(database, source, source.createQueryRunner());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runner.release();
    await this.source.destroy();
    await this.database.drop();
  }

  schema(): Promise<unknown[]> {
    return queryOnce(this.database.url, SCHEMA);
  }

  async go(index: number, way: 'up' | 'down'): Promise<void> {
    const migration = new (migrations[index] as (typeof migrations)[number])();
    if ('transaction' in migration) await migration[way](this.runner);
    else await this.runner.manager.transaction(() => migration[way](this.runner));
  }
}

let whole: Upgrade;
let dying: Upgrade;

beforeAll(async () => {
  [whole, dying] = await Promise.all([Upgrade.start(), Upgrade.start()]);
});
afterAll(async () => {
  await whole?.[Symbol.asyncDispose]();
  await dying?.[Symbol.asyncDispose]();
});

/** One step further each time. @returns how often it was killed */
async function dieAtEachStep(index: number, way: 'up' | 'down'): Promise<number> {
  for (let steps = 0; ; steps += 1) {
    dying.death.steps = steps;
    try {
      await dying.go(index, way);
      return steps;
    } catch (error) {
      expect(String(error)).toContain('It was killed.');
    } finally {
      dying.death.steps = Infinity;
    }
  }
}

test.for([['up'], ['down']] as ['up' | 'down'][])(
  'a migration that is killed at any of its steps on the way %s is repeated to the same end',
  { timeout: 120_000 },
  async ([way]) => {
    const indexes = migrations.map((_, index) => index).slice(FIRST_RELEASE);
    let deaths = 0;
    for (const index of way === 'up' ? indexes : indexes.toReversed()) {
      await whole.go(index, way);
      deaths += await dieAtEachStep(index, way);
      expect(await dying.schema(), migrations[index]?.name).toEqual(await whole.schema());
    }
    expect(deaths).toBeGreaterThan(indexes.length);
  },
);
