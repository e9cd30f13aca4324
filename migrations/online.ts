import type { QueryRunner } from 'typeorm';
import { LOCK_WAIT_MILLISECONDS } from './short-locks.js';

/*
 * Changes of tables that are in use: nobody who reads or writes them waits for long. They are for migrations with `transaction = false`, and
 * begin transactions of their own. Each first looks whether it was done, since a migration that was killed or had to step back starts anew.
 */

/** Whom it concerns reads and writes on meanwhile: only vacuum, indexes that are made and other changes of the table wait. */
const PATIENCE_MILLISECONDS = 60_000;

/** All of them at once. A default has to be a constant: then no row is touched. */
export async function addColumns(runner: QueryRunner, table: string, columns: Record<string, string>): Promise<void> {
  const [first = ''] = Object.keys(columns);
  if (await hasColumn(runner, table, first)) return;
  await alter(runner, table, ...Object.entries(columns).map(([name, type]) => `ADD COLUMN ${name} ${type}`));
}

/** All of them at once, with their constraints. */
export async function dropColumns(runner: QueryRunner, table: string, ...columns: string[]): Promise<void> {
  if (!(await hasColumn(runner, table, columns[0] ?? ''))) return;
  await alter(runner, table, ...columns.map((name) => `DROP COLUMN ${name}`));
}

/** @param statements that make the table, its indexes and first rows, all in one transaction */
export async function createTable(runner: QueryRunner, table: string, ...statements: string[]): Promise<void> {
  if (await hasTable(runner, table)) return;
  await runner.manager.transaction(async () => {
    for (const statement of statements) await runner.query(statement);
  });
}

export async function dropTables(runner: QueryRunner, ...tables: string[]): Promise<void> {
  for (const table of tables) await runner.manager.transaction(() => runner.query(`DROP TABLE IF EXISTS ${table}`));
}

/** @param on `runs (tenant_id, created_at) WHERE …` */
export function createIndex(runner: QueryRunner, name: string, on: string): Promise<void> {
  return makeIndex(runner, 'INDEX', name, on);
}

export function createUniqueIndex(runner: QueryRunner, name: string, on: string): Promise<void> {
  return makeIndex(runner, 'UNIQUE INDEX', name, on);
}

export async function dropIndexes(runner: QueryRunner, ...names: string[]): Promise<void> {
  for (const name of names) await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
}

/**
 * Makes a CHECK or a FOREIGN KEY hold for every row that is written from now on, instead of what had its name. The rows that are there are
 * validateConstraint()'s.
 * @param definition in the words of pg_get_constraintdef(), so that one that is there already is known
 */
export async function putConstraint(
  runner: QueryRunner,
  table: string,
  name: string,
  definition: string,
): Promise<void> {
  const there = await findConstraint(runner, table, name);
  if (there?.definition === definition || there?.definition === `${definition} NOT VALID`) return;
  const replaced = there ? [`DROP CONSTRAINT ${name}`] : [];
  await alter(runner, table, ...replaced, `ADD CONSTRAINT ${name} ${definition} NOT VALID`);
}

/** Reads the whole table, beside everybody else. @throws when a row does not keep to it */
export async function validateConstraint(runner: QueryRunner, table: string, name: string): Promise<void> {
  if ((await findConstraint(runner, table, name))?.isValid) return;
  await runner.manager.transaction(async () => {
    await runner.query(`SET LOCAL lock_timeout = ${PATIENCE_MILLISECONDS}`);
    await runner.query(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`);
  });
}

export async function addConstraint(
  runner: QueryRunner,
  table: string,
  name: string,
  definition: string,
): Promise<void> {
  await putConstraint(runner, table, name, definition);
  await validateConstraint(runner, table, name);
}

export async function dropConstraint(runner: QueryRunner, table: string, name: string): Promise<void> {
  if (await findConstraint(runner, table, name)) await alter(runner, table, `DROP CONSTRAINT ${name}`);
}

/** The rows are looked at under a constraint that says the same: with it, PostgreSQL looks at none while it has the table to itself. */
export async function setNotNull(runner: QueryRunner, table: string, column: string): Promise<void> {
  const name = `${table}_${column}_given`;
  const required = `pg_attribute WHERE attrelid = $1::regclass AND attname = $2 AND attnotnull`;
  if (await exists(runner, required, table, column)) return;
  await addConstraint(runner, table, name, `CHECK ((${column} IS NOT NULL))`);
  await inShortTransaction(runner, table, `ALTER COLUMN ${column} SET NOT NULL`, `DROP CONSTRAINT ${name}`);
}

/** `CHECK (column IN (…))`, as putConstraint() wants it said. */
export function checkOneOf(column: string, values: readonly string[]): string {
  return `CHECK ((${column} = ANY (ARRAY[${values.map((value) => `'${value}'::text`).join(', ')}])))`;
}

/** @param rows of the catalogue: `pg_class WHERE …` */
export async function exists(runner: QueryRunner, rows: string, ...values: unknown[]): Promise<boolean> {
  const answers: { found: boolean }[] = await runner.query(`SELECT EXISTS (SELECT FROM ${rows}) AS found`, values);
  return answers[0]?.found === true;
}

/** @param changes that take no time once the lock is had, and do no harm when they are repeated */
export async function alter(runner: QueryRunner, table: string, ...changes: string[]): Promise<void> {
  await inShortTransaction(runner, table, changes.join(', '));
}

/**
 * Autovacuum gives way to who has waited for a second: for longer than we may keep others waiting behind us. So it is first asked for its own
 * lock, which nobody else queues behind.
 */
async function inShortTransaction(runner: QueryRunner, table: string, ...changes: string[]): Promise<void> {
  await runner.manager.transaction(async () => {
    await runner.query(`SET LOCAL lock_timeout = ${PATIENCE_MILLISECONDS}`);
    await runner.query(`LOCK TABLE ${table} IN SHARE UPDATE EXCLUSIVE MODE`);
    await runner.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MILLISECONDS}`);
    for (const change of changes) await runner.query(`ALTER TABLE ${table} ${change}`);
  });
}

/** One that was not finished is of no use to anybody: whoever makes it anew first awaits the process that was at it, if its server is still. */
async function makeIndex(runner: QueryRunner, kind: string, name: string, on: string): Promise<void> {
  const isWhole = () => exists(runner, `pg_index WHERE indexrelid = to_regclass($1) AND indisvalid`, name);
  while (!(await isWhole())) {
    await dropIndexes(runner, name);
    await runner.query(`CREATE ${kind} CONCURRENTLY IF NOT EXISTS ${name} ON ${on}`);
  }
}

export function hasTable(runner: QueryRunner, table: string): Promise<boolean> {
  return exists(runner, `pg_class WHERE oid = to_regclass($1)`, table);
}

export function hasColumn(runner: QueryRunner, table: string, column: string): Promise<boolean> {
  const found = `pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2 AND NOT attisdropped`;
  return exists(runner, found, table, column);
}

async function findConstraint(runner: QueryRunner, table: string, name: string) {
  const rows: { definition: string; isValid: boolean }[] = await runner.query(
    `SELECT pg_get_constraintdef(oid) AS definition, convalidated AS "isValid" FROM pg_constraint
      WHERE conrelid = $1::regclass AND conname = $2`,
    [table, name],
  );
  return rows[0];
}
