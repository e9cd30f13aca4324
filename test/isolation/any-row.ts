import type { Queryable } from '#libs/database';

interface Column {
  name: string;
  type: string;
  isNeeded: boolean;
}

export interface AnyRow {
  table: string;
  /** The column that says whose the row is. */
  owner: string;
  columns: string;
  values: unknown[];
}

/** Something of each type that a column has here. */
const SAMPLES: Record<string, unknown> = {
  uuid: '00000000-0000-7000-8000-00000000abcd',
  text: 'x',
  integer: 1,
  smallint: 1,
  bigint: 1,
  'double precision': 1,
  boolean: true,
  bytea: Buffer.from('x'),
  jsonb: '{}',
  'timestamp with time zone': '2026-01-01T00:00:00Z',
};

/** Every table that has rows of tenants, as the database itself says. */
export async function tablesOfTenants(database: Queryable): Promise<{ table: string; owner: string }[]> {
  const rows = await database.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
      WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND column_name = 'tenant_id' ORDER BY 1`,
  );
  return [...rows.map(({ name }) => ({ table: name, owner: 'tenant_id' })), { table: 'tenants', owner: 'id' }];
}

/** A row of this tenant with something in each column that needs it. Keys to other tables and checks must have been dropped before. */
export async function anyRow(
  database: Queryable,
  { table, owner }: { table: string; owner: string },
  tenantId: string,
): Promise<AnyRow> {
  const columns = await database.query<Column>(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type, attnotnull AS "isNeeded" FROM pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [table],
  );
  const filled = columns.filter(({ name, isNeeded }) => isNeeded || name === owner);
  const valueOf = ({ name, type }: Column) => {
    if (name === owner) return tenantId;
    if (type.endsWith('[]')) return '{}';
    if (!(type in SAMPLES)) throw new Error(`Say what a ${type} looks like: ${table}.${name} has it.`);
    return SAMPLES[type];
  };
  return {
    table,
    owner,
    columns: filled.map(({ name }) => `"${name}"`).join(', '),
    values: filled.map(valueOf),
  };
}

export async function insertAny(database: Queryable, { table, columns, values }: AnyRow): Promise<void> {
  const places = values.map((_, index) => `$${index + 1}`).join(', ');
  await database.query(`INSERT INTO ${table} (${columns}) VALUES (${places})`, values);
}

/** So that any row will do: what is tested here is who sees it. */
export async function dropConstraints(database: Queryable): Promise<void> {
  const constraints = await database.query<{ table: string; name: string }>(
    `SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'c')`,
  );
  for (const { table, name } of constraints) await database.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
}
