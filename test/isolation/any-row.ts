import type { Queryable } from '#libs/database';

interface Column {
  name: string;
  type: string;
  isNeeded: boolean;
  isIndexed: boolean;
}

interface Place {
  table: string;
  /** The column that says whose the row is. */
  owner: string;
}

export interface AnyRow extends Place {
  columns: string;
  values: unknown[];
}

/** What each id of such a row is. */
export const ROW_ID = '00000000-0000-7000-8000-00000000abcd';
/** What each of its texts is by which rows are found. */
export const ROW_TEXT = 'theirs';
/** What only its contents hold: whoever is shown one of them was shown the row. */
export const CONTENTS = { text: 'seen of theirs', day: '2031-03-03' };

const SAMPLES: Record<string, unknown> = {
  uuid: ROW_ID,
  integer: 1,
  bigint: 1,
  'double precision': 1,
  boolean: true,
  bytea: Buffer.from(ROW_TEXT),
  jsonb: JSON.stringify({ of: CONTENTS.text }),
  'timestamp with time zone': `${CONTENTS.day}T00:00:00Z`,
};

/** Every table that has rows of tenants, as the database itself says. */
async function tablesOfTenants(database: Queryable): Promise<Place[]> {
  const rows = await database.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
      WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND column_name = 'tenant_id' ORDER BY 1`,
  );
  return [...rows.map(({ name }) => ({ table: name, owner: 'tenant_id' })), { table: 'tenants', owner: 'id' }];
}

/** Puts a row of this tenant into every table, without regard to foreign keys and checks: both are dropped. */
export async function fillTables(database: Queryable, tenantId: string): Promise<AnyRow[]> {
  const allowed = await dropConstraints(database);
  const rows: AnyRow[] = [];
  for (const place of await tablesOfTenants(database)) {
    const row = await anyRow(database, place, tenantId, allowed);
    const places = row.values.map((_, index) => `$${index + 1}`).join(', ');
    await database.query(`INSERT INTO ${row.table} (${row.columns}) VALUES (${places})`, row.values);
    rows.push(row);
  }
  return rows;
}

/** A row with something in each column that needs it. */
async function anyRow(
  database: Queryable,
  { table, owner }: Place,
  tenantId: string,
  allowed: ReadonlyMap<string, string>,
): Promise<AnyRow> {
  const columns = await database.query<Column>(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type, attnotnull AS "isNeeded",
            EXISTS (SELECT FROM pg_index WHERE indrelid = attrelid AND attnum = ANY (indkey)) AS "isIndexed"
       FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [table],
  );
  const valueOf = ({ name, type, isIndexed }: Column) => {
    if (name === owner) return tenantId;
    if (type.endsWith('[]')) return '{}';
    if (type === 'text') return allowed.get(`${table}.${name}`) ?? (isIndexed ? ROW_TEXT : CONTENTS.text);
    if (!(type in SAMPLES)) throw new Error(`Say what a ${type} looks like: ${table}.${name} has it.`);
    return SAMPLES[type];
  };
  const filled = columns.filter(({ name, isNeeded }) => isNeeded || name === owner);
  return { table, owner, columns: filled.map(({ name }) => `"${name}"`).join(', '), values: filled.map(valueOf) };
}

/** @returns the first value that a column was allowed, by table and column */
async function dropConstraints(database: Queryable): Promise<Map<string, string>> {
  const constraints = await database.query<{ table: string; name: string; text: string }>(
    `SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS text FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'c')`,
  );
  const allowed = new Map<string, string>();
  for (const { table, name, text } of constraints) {
    await database.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
    const [, column, first] = /\((\w+) = ANY \(ARRAY\['([^']+)'/.exec(text) ?? [];
    if (column !== undefined && first !== undefined) allowed.set(`${table}.${column}`, first);
  }
  return allowed;
}
