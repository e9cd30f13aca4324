import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { FullTables, Table } from './full-tables.js';

/** As the service's own. */
const STATEMENT_MILLISECONDS = 10_000;
const PAUSE_MILLISECONDS = 2;

/** Reads and writes rows of the tables in turn, each by its key, as requests do. */
export class RowTraffic implements AsyncDisposable {
  slowest = { milliseconds: 0, what: 'nothing' };
  readonly failures: string[] = [];
  count = 0;
  #isGoing = true;
  readonly #done: Promise<unknown>;

  private constructor(
    private readonly tables: readonly Table[],
    private readonly full: FullTables,
    private readonly clients: readonly Client[],
    rows: number,
  ) {
    const [reader, writer] = clients as [Client, Client];
    this.#done = Promise.all([
      this.#keep(reader, rows, ({ name }, where) => `SELECT * FROM ${name} WHERE ${where}`),
      this.#keep(writer, rows, ({ name }, where) => `UPDATE ${name} SET tenant_id = tenant_id WHERE ${where}`),
    ]);
  }

  static async start(url: string, tables: readonly Table[], full: FullTables, rows: number): Promise<RowTraffic> {
    const clients = [0, 1].map(
      () =>
        new Client({ connectionString: url, statement_timeout: STATEMENT_MILLISECONDS, application_name: 'traffic' }),
    );
    await Promise.all(clients.map((client) => client.connect()));
    return new RowTraffic(tables, full, clients, rows);
  }

  /** Each table has been read and written once more. */
  async goesRound(): Promise<void> {
    const goal = this.count + 2 * this.tables.length;
    while (this.count < goal) await delay(PAUSE_MILLISECONDS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isGoing = false;
    await this.#done;
    await Promise.all(this.clients.map((client) => client.end()));
  }

  async #keep(client: Client, rows: number, statement: (table: Table, where: string) => string): Promise<void> {
    let turn = 0;
    while (this.#isGoing) {
      const table = this.tables[turn++ % this.tables.length];
      if (!table) return;
      const sql = statement(table, this.full.keyOf(table, 1 + Math.floor(Math.random() * rows)));
      const from = performance.now();
      const found = await client.query(sql).then(
        ({ rowCount }) => (rowCount === 1 ? null : `${rowCount} rows`),
        (error: unknown) => String(error),
      );
      const milliseconds = performance.now() - from;
      if (found !== null) this.failures.push(`${sql}: ${found}`);
      if (milliseconds > this.slowest.milliseconds)
        this.slowest = { milliseconds, what: `${sql.slice(0, 6)} of ${table.name}` };
      this.count += 1;
      await delay(PAUSE_MILLISECONDS);
    }
  }
}
