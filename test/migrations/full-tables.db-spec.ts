import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBareDatabase, type TestDatabase } from '#libs/testing';
import { migrations, migrationSource, undoMigration } from '../../migrations/data-source.js';
import { withoutQueueing } from '../../migrations/short-locks.js';
import { FullTables, type Table } from './full-tables.js';
import { LockWatch, type LockTime } from './lock-watch.js';
import { RowTraffic } from './row-traffic.js';
import { TransactionWatch } from './transaction-watch.js';

/** The whole proof (security.md D2) has 1,000,000 rows in each table. Only then are times judged. */
const ROWS = Number(process.env.MIGRATION_ROWS ?? 2000);
const MOST_MILLISECONDS = ROWS >= 1_000_000 ? 1000 : Infinity;
const MINUTES = 60_000;
const FIRST_RELEASE = 9;

interface Step {
  /** `up RunRequests`. */
  name: string;
  failures: string[];
  held: LockTime;
  waited: LockTime;
  slowest: LockTime;
  blocking: string[];
  unbounded: string[];
}

let database: TestDatabase;
const steps: Step[] = [];

beforeAll(async () => {
  database = await createBareDatabase();
  const full = new FullTables(database.url, ROWS);
  await migrate(FIRST_RELEASE);
  await full.seed();
  const tables = await full.fillUp([]);
  const madeBy = new Map<number, Table[]>();
  for (let index = FIRST_RELEASE; index < migrations.length; index += 1) {
    steps.push(await observed(`up ${nameOf(index)}`, tables, full, (watch) => migrate(index + 1, watch)));
    madeBy.set(index, await full.fillUp(tables));
    tables.push(...(madeBy.get(index) ?? []));
  }
  for (let index = migrations.length - 1; index >= FIRST_RELEASE; index -= 1) {
    const gone = madeBy.get(index) ?? [];
    const left = tables.filter(({ name }) => !gone.some((table) => table.name === name));
    tables.splice(0, tables.length, ...left);
    steps.push(await observed(`down ${nameOf(index)}`, tables, full, undo));
  }
  console.log(steps.map(described).join('\n'));
}, 60 * MINUTES);
afterAll(() => database?.drop());

const nameOf = (index: number) => (migrations[index]?.name ?? '').replace(/\d+$/, '');

async function migrate(count: number, watch?: TransactionWatch): Promise<void> {
  const source = await migrationSource(database.url, migrations.slice(0, count)).initialize();
  watch?.watch(source);
  await withoutQueueing(async () => void (await source.runMigrations({ transaction: 'each' })));
  await source.destroy();
}

async function undo(watch: TransactionWatch): Promise<void> {
  const source = await migrationSource(database.url).initialize();
  watch.watch(source);
  await withoutQueueing(() => undoMigration(source));
  await source.destroy();
}

async function observed(
  name: string,
  tables: readonly Table[],
  full: FullTables,
  change: (watch: TransactionWatch) => Promise<void>,
): Promise<Step> {
  const locks = await LockWatch.start(database.url);
  const transactions = new TransactionWatch(ROWS);
  const traffic = await RowTraffic.start(database.url, tables, full, ROWS);
  await traffic.goesRound();
  await change(transactions);
  await traffic.goesRound();
  await traffic[Symbol.asyncDispose]();
  await locks[Symbol.asyncDispose]();
  const { held, waited } = locks;
  const { failures, slowest } = traffic;
  const { blocking, unbounded } = transactions;
  return { name, failures, held, waited, slowest, blocking, unbounded };
}

const time = ({ milliseconds, what }: LockTime) => `${milliseconds.toFixed(0)} ms (${what})`;

const described = ({ name, held, waited, slowest }: Step) =>
  `${name}: held ${time(held)}, waited for ${time(waited)}, slowest statement ${time(slowest)}`;

/** `up RunRequests: …` for each. */
const all = (what: 'failures' | 'blocking' | 'unbounded') =>
  steps.flatMap((step) => step[what].map((each) => `${step.name}: ${each}`));

test('no statement of anybody else fails while a migration comes or goes', () => {
  expect(all('failures')).toEqual([]);
});

test('none goes through a full table while it keeps readers or writers from one, and none keeps writers from all of its rows', () => {
  expect(all('blocking')).toEqual([]);
});

test('none waits for a lock without limit while others queue behind it', () => {
  expect(all('unbounded')).toEqual([]);
});

test(`with ${ROWS} rows, none locks a table or keeps a statement waiting for longer than it may`, () => {
  const tooLong = steps.filter((step) =>
    [step.held, step.waited, step.slowest].some(({ milliseconds }) => milliseconds > MOST_MILLISECONDS),
  );
  expect(steps).toHaveLength(2 * (migrations.length - FIRST_RELEASE));
  expect(tooLong.map(described)).toEqual([]);
});
