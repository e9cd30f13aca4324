import { escapeLiteral } from 'pg';
import { newId } from '#libs/database';
import { queryOnce } from '#libs/testing';

interface Column {
  name: string;
  type: string;
}

export interface Table {
  name: string;
  /** That a row must have. */
  columns: Column[];
  key: string[];
}

/** Those that grow with use, and what their rows hold that is not made up: SQL. */
const GROWING: Record<string, Record<string, string>> = {
  users: {},
  vault_secrets: { kind: `'connection'`, field: `'credentials'`, generation: '1' },
  connections: { status: `'connected'` },
  connect_attempts: { state: `'connected'` },
  runs: { state: `'succeeded'`, action_key: `'one'` },
  run_jobs: { phase: `'execute'` },
  jti_uses: {},
  audit_entries: {},
  authorization_grants: {},
  refresh_tokens: {},
  events: {},
  idempotency_keys: {},
  webhook_deliveries: { state: `'delivered'` },
};

const definition = { key: 'one', title: 'One', actions: [], operations: {} };

/** A tenant whose tables are full, in a database as some release left it: rows alike but for their keys. */
export class FullTables {
  readonly #tenantId = newId();
  readonly #appId = newId();
  /** Past the checks of foreign keys, which would take most of the time. The rows keep to them all the same. */
  readonly #superuserUrl: string;

  constructor(
    private readonly url: string,
    private readonly rows: number,
  ) {
    const superuser = new URL(url);
    superuser.username = 'postgres';
    this.#superuserUrl = superuser.href;
  }

  /** What the rows refer to, as the first release had it. */
  async seed(): Promise<void> {
    const [tenant, app] = [this.#tenantId, this.#appId];
    const statements: [string, unknown[]][] = [
      [
        `INSERT INTO tenants (id, slug, name, issuer, audience) VALUES ($1, 'acme', 'Acme', 'https://acme.example', 'gatehouse')`,
        [tenant],
      ],
      [
        `INSERT INTO clients (tenant_id, client_id, name, grants, scopes) VALUES ($1, 'client', 'Acme', '{}', '{}')`,
        [tenant],
      ],
      [`INSERT INTO data_keys (tenant_id, generation, key_id, wrapped) VALUES ($1, 1, 'k1', '')`, [tenant]],
      [
        `INSERT INTO apps (id, key, title, source, definition) VALUES ($1, 'one', 'One', 'admin', $2)`,
        [app, JSON.stringify(definition)],
      ],
    ];
    for (const [sql, values] of statements) await queryOnce(this.url, sql, values);
  }

  /** Fills every table that grows with use and is empty. @returns those */
  async fillUp(filled: readonly Table[]): Promise<Table[]> {
    const there = await this.#tables();
    const empty = there.filter(({ name }) => !filled.some((table) => table.name === name));
    for (const table of empty) {
      const values = table.columns.map((column) => this.#value(table, column, 'number'));
      await queryOnce(
        this.#superuserUrl,
        `SET session_replication_role = replica;
         INSERT INTO ${table.name} (${table.columns.map(({ name }) => name).join(', ')})
         SELECT ${values.join(', ')} FROM generate_series(1, ${this.rows}) AS number;
         ANALYZE ${table.name}`,
      );
    }
    return empty;
  }

  /** `tenant_id = … AND id = …`, of the row with that number. */
  keyOf(table: Table, number: number): string {
    const columns = table.columns.filter(({ name }) => table.key.includes(name));
    return columns.map((column) => `${column.name} = ${this.#value(table, column, String(number))}`).join(' AND ');
  }

  #value(table: Table, { name, type }: Column, number: string): string {
    const made = GROWING[table.name]?.[name];
    if (made !== undefined) return made;
    if (name === 'tenant_id') return `${escapeLiteral(this.#tenantId)}::uuid`;
    if (name === 'app_id') return `${escapeLiteral(this.#appId)}::uuid`;
    if (name === 'client_id') return `'client'`;
    const digest = `md5(${escapeLiteral('row ')} || ${number})`;
    switch (type) {
      // Of every table the same, so that one row finds the other.
      case 'uuid':
        return `${digest}::uuid`;
      case 'bytea':
        return `decode(${digest}, 'hex')`;
      case 'timestamp with time zone':
        return `'2026-01-01Z'::timestamptz + ${number} * '1 second'::interval`;
      case 'integer':
      case 'bigint':
        return number;
      case 'boolean':
        return 'false';
      case 'jsonb':
        return `'{}'`;
      case 'ARRAY':
        return `'{}'`;
      default:
        return digest;
    }
  }

  async #tables(): Promise<Table[]> {
    const rows = await queryOnce(
      this.url,
      `SELECT c.table_name AS name, jsonb_agg(jsonb_build_object('name', c.column_name, 'type', c.data_type)) AS columns,
              (SELECT array_agg(a.attname::text) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                WHERE i.indisprimary AND i.indrelid = c.table_name::regclass) AS key
         FROM information_schema.columns c
        WHERE c.table_schema = 'public' AND c.table_name = ANY ($1)
          AND (c.is_nullable = 'NO' AND c.column_default IS NULL OR c.column_name = 'state')
        GROUP BY c.table_name ORDER BY c.table_name`,
      [Object.keys(GROWING)],
    );
    return rows as unknown as Table[];
  }
}
