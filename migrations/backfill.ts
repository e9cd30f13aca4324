import type { QueryRunner } from 'typeorm';
import { exists, setNotNull } from './online.js';

/** So many rows are kept from other writers at a time, for some milliseconds. */
const BATCH_ROWS = 1000;

/**
 * Changes the rows that a table has, batch by batch in the order of its key, each batch in a transaction of its own.
 * @param statement given the condition that says which rows are a batch
 */
export async function inBatches(
  runner: QueryRunner,
  table: string,
  statement: (rows: string) => string,
): Promise<void> {
  const columns = await keyOf(runner, table);
  const key = columns.map((column) => `${table}.${column}`).join(', ');
  const [ahead, end] = [1, columns.length + 1].map(
    (first) => `(${columns.map((_, index) => `$${first + index}`).join(', ')})`,
  );
  let done: unknown[] | undefined;
  for (;;) {
    const rows: Record<string, unknown>[] = await runner.query(
      `SELECT ${key} FROM ${table} ${done ? `WHERE (${key}) > ${ahead}` : ''} ORDER BY ${key} OFFSET ${BATCH_ROWS - 1} LIMIT 1`,
      done,
    );
    const last = rows[0] && columns.map((column) => rows[0]?.[column]);
    const from = done ? [`(${key}) > ${ahead}`] : [];
    const to = last ? [`(${key}) <= ${done ? end : ahead}`] : [];
    await runner.manager.transaction(() =>
      runner.query(statement([...from, ...to, 'true'].join(' AND ')), [...(done ?? []), ...(last ?? [])]),
    );
    if (!last) return;
    done = last;
  }
}

/**
 * Gives every row its value of columns that it must have, and then requires them. The rows that processes of the release before insert
 * meanwhile, which do not know the columns, get theirs from a trigger.
 * @param values SQL, given how the row is called
 */
export async function fillColumns(
  runner: QueryRunner,
  table: string,
  values: Record<string, (row: string) => string>,
): Promise<void> {
  const columns = Object.entries(values);
  const nullable = `pg_attribute WHERE attrelid = $1::regclass AND attname = ANY ($2) AND NOT attnotnull`;
  if (await exists(runner, nullable, table, Object.keys(values))) {
    const inserted = columns.map(([name, value]) => `NEW.${name} := coalesce(NEW.${name}, ${value('NEW')});`);
    await fillInserted(runner, table, inserted.join(' '));
    const missing = columns.map(([name]) => `${table}.${name} IS NULL`).join(' OR ');
    const set = columns.map(([name, value]) => `${name} = ${value(table)}`).join(', ');
    await inBatches(runner, table, (rows) => `UPDATE ${table} SET ${set} WHERE ${rows} AND (${missing})`);
    for (const [name] of columns) await setNotNull(runner, table, name);
  }
  await stopFilling(runner, table);
}

async function fillInserted(runner: QueryRunner, table: string, assignments: string): Promise<void> {
  if (await isFilled(runner, table)) return;
  await runner.manager.transaction(async () => {
    await runner.query(
      `CREATE FUNCTION fill_${table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${assignments} RETURN NEW; END $$`,
    );
    await runner.query(`CREATE TRIGGER fill BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION fill_${table}()`);
  });
}

async function stopFilling(runner: QueryRunner, table: string): Promise<void> {
  if (!(await isFilled(runner, table))) return;
  await runner.manager.transaction(async () => {
    await runner.query(`DROP TRIGGER fill ON ${table}`);
    await runner.query(`DROP FUNCTION fill_${table}()`);
  });
}

function isFilled(runner: QueryRunner, table: string): Promise<boolean> {
  return exists(runner, `pg_trigger WHERE tgrelid = $1::regclass AND tgname = 'fill'`, table);
}

async function keyOf(runner: QueryRunner, table: string): Promise<string[]> {
  const rows: { name: string }[] = await runner.query(
    `SELECT attname AS name FROM pg_index JOIN unnest(indkey) WITH ORDINALITY AS part (number, place) ON true
       JOIN pg_attribute ON attrelid = indrelid AND attnum = part.number
      WHERE indrelid = $1::regclass AND indisprimary ORDER BY part.place`,
    [table],
  );
  return rows.map(({ name }) => name);
}
