import { Client } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBareDatabase, queryOnce, type TestDatabase } from '#libs/testing';
import { fillColumns, inBatches } from '../../migrations/backfill.js';
import { migrationSource } from '../../migrations/data-source.js';
import {
  addConstraint,
  checkOneOf,
  createIndex,
  createUniqueIndex,
  putConstraint,
  setNotNull,
  validateConstraint,
} from '../../migrations/online.js';

/** More than two batches. */
const ROWS = 2500;
const LOCK_NOT_AVAILABLE = { driverError: { code: '55P03' } };

let database: TestDatabase;
let source: DataSource;
let runner: QueryRunner;
/** Who uses the table. */
let other: Client;

beforeEach(async () => {
  database = await createBareDatabase();
  source = await migrationSource(database.url, []).initialize();
  runner = source.createQueryRunner();
  other = new Client({ connectionString: database.url });
  await other.connect();
  await query(
    `CREATE TABLE things (kind text, id integer, state text, size integer, CONSTRAINT things_pkey PRIMARY KEY (kind, id))`,
  );
  await query(
    `INSERT INTO things SELECT CASE WHEN n % 3 = 0 THEN 'b' ELSE 'a' END, n, 'new', 0 FROM generate_series(1, ${ROWS}) n`,
  );
});
afterEach(async () => {
  await other?.end();
  await runner?.release();
  await source?.destroy();
  await database?.drop();
});

const query = (sql: string) => queryOnce(database.url, sql);
const isWhole = async () =>
  (await query(`SELECT indisvalid AS "isWhole" FROM pg_index WHERE indexrelid = to_regclass('things_size')`))[0]
    ?.isWhole;
const indexes = () => query(`SELECT indexrelid FROM pg_index WHERE indrelid = 'things'::regclass ORDER BY indexrelid`);
const constraint = () =>
  query(`SELECT oid, convalidated AS "isValid" FROM pg_constraint WHERE conname = 'things_state_check'`);
const allow = (...states: string[]) =>
  addConstraint(runner, 'things', 'things_state_check', checkOneOf('state', states));
const fillPlace = () => fillColumns(runner, 'things', { place: (row) => `${row}.kind || ${row}.id` });
const indexesUnderWay = () =>
  query(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%CONCURRENTLY%'`,
  );
const untilUnderWay = (count: number) =>
  vi.waitFor(async () => expect(await indexesUnderWay()).toHaveLength(count), { timeout: 10_000, interval: 5 });

/** A transaction that is not over: an index can't be finished before it is. */
async function writeSomething(): Promise<void> {
  await other.query('BEGIN');
  await other.query(`UPDATE things SET size = 1 WHERE kind = 'a' AND id = ${ROWS}`);
}

describe('an index', () => {
  it('that died while it was made is made anew', async () => {
    await writeSomething();
    const dying = expect(createIndex(runner, 'things_size', 'things (size)')).rejects.toThrow();
    await untilUnderWay(1);
    await query(`SELECT pg_terminate_backend(${String((await indexesUnderWay())[0]?.pid)})`);
    await dying;
    expect(await isWhole()).toBe(false);
    await other.query('COMMIT');
    const next = source.createQueryRunner();
    await createIndex(next, 'things_size', 'things (size)');
    await next.release();
    expect(await isWhole()).toBe(true);
  });

  it('at which the server still is for a process that was killed is awaited', async () => {
    await writeSomething();
    const orphaned = query('CREATE INDEX CONCURRENTLY things_size ON things (size)').catch(() => []);
    await untilUnderWay(1);
    const made = createIndex(runner, 'things_size', 'things (size)').then(
      () => true,
      (error: unknown) => error,
    );
    await untilUnderWay(2);
    await other.query('COMMIT');
    await orphaned;
    const result = await made;
    // Of two that wait for each other PostgreSQL ends one: if ours, as a lock that is not to be had, and it is tried again.
    if (result !== true) {
      expect(result).toMatchObject({ driverError: { code: '40P01' } });
      await createIndex(runner, 'things_size', 'things (size)');
    }
    expect(await isWhole()).toBe(true);
  });

  it('that is whole is left alone', async () => {
    await createIndex(runner, 'things_size', 'things (size)');
    const before = await indexes();
    await createIndex(runner, 'things_size', 'things (size)');
    expect(await indexes()).toEqual(before);
  });

  it('that rows are at odds with fails each time', async () => {
    for (const _ of [1, 2])
      await expect(createUniqueIndex(runner, 'things_size', 'things (size)')).rejects.toThrow(
        'could not create unique index',
      );
    expect(await isWhole()).toBe(false);
  });
});

describe('a constraint', () => {
  it('holds for new rows at once, for the others when they have been looked at', async () => {
    await putConstraint(runner, 'things', 'things_state_check', checkOneOf('state', ['old', 'older']));
    await expect(query(`INSERT INTO things VALUES ('c', 1, 'new')`)).rejects.toThrow('things_state_check');
    await expect(validateConstraint(runner, 'things', 'things_state_check')).rejects.toThrow('things_state_check');
    await query(`UPDATE things SET state = 'old'`);
    await validateConstraint(runner, 'things', 'things_state_check');
    expect(await constraint()).toMatchObject([{ isValid: true }]);
  });

  it('that says the same is left alone, and one that says something else takes its place', async () => {
    await allow('new', 'old');
    const before = await constraint();
    await allow('new', 'old');
    expect(await constraint()).toEqual(before);
    await allow('new', 'old', 'older');
    expect(await constraint()).not.toEqual(before);
    await query(`INSERT INTO things VALUES ('c', 1, 'older')`);
  });

  it('of a column that must be given leaves nothing else behind', async () => {
    await setNotNull(runner, 'things', 'size');
    await setNotNull(runner, 'things', 'size');
    await expect(query(`INSERT INTO things VALUES ('c', 1, 'new', NULL)`)).rejects.toThrow('not-null');
    expect(
      await query(`SELECT conname FROM pg_constraint WHERE conrelid = 'things'::regclass AND contype = 'c'`),
    ).toEqual([]);
  });
});

describe('rows in batches', () => {
  it('are each met once, and in several transactions', async () => {
    await inBatches(runner, 'things', (rows) => `UPDATE things SET size = size + 1 WHERE ${rows}`);
    expect(await query(`SELECT size, count(*)::int FROM things GROUP BY size`)).toEqual([{ size: 1, count: ROWS }]);
    expect(await query(`SELECT count(DISTINCT xmin::text)::int AS batches FROM things`)).toEqual([{ batches: 3 }]);
  });

  it('of an empty table are none', async () => {
    await query(`DELETE FROM things`);
    await inBatches(runner, 'things', (rows) => `UPDATE things SET size = size + 1 WHERE ${rows}`);
  });
});

it('a column is filled to the end after it had to step back, with the rows that others insert meanwhile who do not know it', async () => {
  await query(`ALTER TABLE things ADD COLUMN place text`);
  const places = (where: string) => query(`SELECT DISTINCT place = kind || id AS "isRight" FROM things WHERE ${where}`);
  await other.query('BEGIN');
  await other.query(`SELECT FROM things WHERE kind = 'b' AND id = 2499 FOR UPDATE`);
  await expect(fillPlace()).rejects.toMatchObject(LOCK_NOT_AVAILABLE);
  await query(`INSERT INTO things VALUES ('0', 1, 'new')`);
  expect(await places(`kind = '0'`)).toEqual([{ isRight: true }]);
  expect(await places(`kind = 'b' AND id = 2499`)).toEqual([{ isRight: null }]);
  await other.query('COMMIT');
  await fillPlace();
  await fillPlace();
  expect(await places('true')).toEqual([{ isRight: true }]);
  await expect(query(`INSERT INTO things VALUES ('0', 2, 'new')`)).rejects.toThrow('not-null');
  expect(await query(`SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace`)).toEqual([]);
});
