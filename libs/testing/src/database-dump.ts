import type { Queryable } from '#libs/database';

/** Every row of every table as text, bytes also as they would read in UTF-8: where a secret must not be found. */
export async function dumpRows(database: Queryable): Promise<string> {
  const tables = await database.query<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables
      WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  const dumps = tables.map(async ({ name }) => {
    const rows = await database.query<Record<string, unknown>>(`SELECT * FROM ${name}`);
    return rows.flatMap((row) => Object.values(row).map(asText)).join('\n');
  });
  return (await Promise.all(dumps)).join('\n');
}

function asText(value: unknown): string {
  if (Buffer.isBuffer(value)) return `${value.toString('utf8')}\n${value.toString('base64')}\n${value.toString('hex')}`;
  return JSON.stringify(value) ?? '';
}
