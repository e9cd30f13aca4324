import { Query, type Connection, type QueryResult } from 'pg';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

export interface FirstStatement extends Statement {
  readonly values: readonly string[];
}

type Answered = (error: Error | null, result: QueryResult) => void;

/** What of the driver's query its types leave out. */
interface Handlers {
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
}

const driver = Query.prototype as unknown as Handlers;

/**
 * A statement that leaves in one message with another before it, and comes back in one answer. What lies between two syncs of PostgreSQL's
 * extended protocol is one transaction: a setting that the first makes for its transaction holds for the second and for nothing else, also
 * where a pooler hands out connections by the transaction. Of the first nothing is kept; when it fails the second does not run.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
export class BatchedQuery extends Query implements Handlers {
  #isFirstDone = false;

  constructor(
    first: FirstStatement,
    { text, values }: Statement,
    /** The driver puts its own in front, which gives up after a time. */
    public callback: Answered,
  ) {
    super({ text, values: [...values], queryMode: 'extended' } as { text: string; values: unknown[] });
    const submit = this.submit.bind(this);
    this.submit = (connection) => {
      connection.stream.cork();
      try {
        begin(connection, first);
        return submit(connection);
      } finally {
        connection.stream.uncork();
      }
    };
  }

  handleDataRow(message: unknown): void {
    if (this.#isFirstDone) driver.handleDataRow.call(this, message);
  }

  handleCommandComplete(message: unknown, connection: Connection): void {
    if (this.#isFirstDone) driver.handleCommandComplete.call(this, message, connection);
    this.#isFirstDone = true;
  }
}

function begin(connection: Connection, { text, values }: FirstStatement): void {
  const more = true;
  connection.parse({ name: '', text, types: [] }, more);
  connection.bind({ values: [...values] }, more);
  connection.execute(null, more);
}
