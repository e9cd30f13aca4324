import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createBareDatabase, queryOnce, type TestDatabase } from '#libs/testing';
import { migrations, migrationSource, undoMigration } from '../../migrations/data-source.js';
import { withoutQueueing } from '../../migrations/short-locks.js';
import { FullTables, rowsReadThrough, type Table } from './full-tables.js';
import { LockWatch, type LockTime } from './lock-watch.js';
import { RowTraffic } from './row-traffic.js';

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
  /** Full tables that it read from end to end. */
  readThrough: string[];
}

/** From before the first release: who has a full database of that time updates it in a quiet hour. Those that come do without. */
const QUIET_HOUR = new Set([
  'up VaultRotation',
  'up Refresh',
  'up AuthorizationEnds',
  'up ConnectPage',
  'up Registry',
  'up NamesAndRevocations',
  'up RunExecution',
  'up RunRequests',
  'up Administration',
  'down RunRequests',
  'down NamesAndRevocations',
  'down Registry',
  'down VaultRotation',
]);

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
    steps.push(await observed(`up ${nameOf(index)}`, tables, full, () => migrate(index + 1)));
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

async function migrate(count: number): Promise<void> {
  const source = await migrationSource(database.url, migrations.slice(0, count)).initialize();
  await withoutQueueing(async () => void (await source.runMigrations({ transaction: 'each' })));
  await source.destroy();
}

async function undo(): Promise<void> {
  const source = await migrationSource(database.url).initialize();
  await withoutQueueing(() => undoMigration(source));
  await source.destroy();
}

async function observed(
  name: string,
  tables: readonly Table[],
  full: FullTables,
  change: () => Promise<void>,
): Promise<Step> {
  const before = await rowsReadThrough(database.url);
  const watch = await LockWatch.start(database.url);
  const traffic = await RowTraffic.start(database.url, tables, full, ROWS);
  await traffic.goesRound();
  await change();
  await traffic.goesRound();
  await traffic[Symbol.asyncDispose]();
  await watch[Symbol.asyncDispose]();
  await statisticsAreWritten();
  const after = await rowsReadThrough(database.url);
  const readThrough = tables.filter(({ name: of }) => (after.get(of) ?? 0) - (before.get(of) ?? 0) >= ROWS);
  const { held, waited } = watch;
  const { failures, slowest } = traffic;
  return { name, failures, held, waited, slowest, readThrough: readThrough.map(({ name: of }) => of) };
}

/** By each connection when it ends. */
async function statisticsAreWritten(): Promise<void> {
  const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;
  await vi.waitFor(async () => expect(await queryOnce(database.url, sql)).toEqual([]), {
    timeout: 10_000,
    interval: 20,
  });
}

const time = ({ milliseconds, what }: LockTime) => `${milliseconds.toFixed(0)} ms (${what})`;

function described({ name, held, waited, slowest, readThrough }: Step): string {
  const read = readThrough.length > 0 ? `; read through: ${readThrough.join(', ')}` : '';
  return `${name}: held ${time(held)}, waited for ${time(waited)}, slowest statement ${time(slowest)}${read}`;
}

const judged = () => steps.filter(({ name }) => !QUIET_HOUR.has(name));

test('no statement of anybody else fails while a migration comes or goes', () => {
  expect(judged().flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${failure}`))).toEqual([]);
});

test('none reads a table that grows with use from end to end, but for those of the time before the first release', () => {
  const reading = steps.filter(({ name, readThrough }) => readThrough.length > 0 && !QUIET_HOUR.has(name));
  expect(reading.map(described)).toEqual([]);
});

test(`with ${ROWS} rows, none locks a table or keeps a statement waiting for longer than it may`, () => {
  const tooLong = judged().filter((step) =>
    [step.held, step.waited, step.slowest].some(({ milliseconds }) => milliseconds > MOST_MILLISECONDS),
  );
  expect(judged().length).toBeGreaterThan(0);
  expect(tooLong.map(described)).toEqual([]);
});
