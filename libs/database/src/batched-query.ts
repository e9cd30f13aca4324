import { Query, type Connection, type QueryResult } from 'pg';
import type { KeptStatements, SentStatement } from './kept-statements.js';

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
  handleReadyForQuery(connection: Connection): void;
  hasBeenParsed(): boolean;
}

type Closing = Connection & { close(statement: { type: 'S'; name: string }): void };

const driver = Query.prototype as unknown as Handlers;

/**
 * A statement that may leave in one message with another before it, and come back in one answer. What lies between two syncs of PostgreSQL's
 * extended protocol is one transaction: a setting that the first makes for its transaction holds for the second and for nothing else, also
 * where a pooler hands out connections by the transaction. Of the first nothing is kept; when it fails the second does not run.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
export class BatchedQuery extends Query implements Handlers {
  /** Read by the driver: the statement goes by it. */
  name = '';
  #isFirstDone: boolean;
  readonly #sent: SentStatement[] = [];

  constructor(
    first: FirstStatement | null,
    { text, values }: Statement,
    statements: KeptStatements,
    /** The driver puts its own in front, which gives up after a time. */
    public callback: Answered,
  ) {
    super({ text, values: [...values], queryMode: 'extended' } as { text: string; values: unknown[] });
    this.#isFirstDone = first === null;
    const submit = this.submit.bind(this);
    this.submit = (connection) => {
      connection.stream.cork();
      try {
        for (const name of statements.outdated()) close(connection, name);
        if (first) this.#sent.push(begin(connection, first, statements));
        const main = statements.send(text);
        this.#sent.push(main);
        if (!main.isKept) close(connection, main.name);
        this.name = main.name;
        return submit(connection);
      } finally {
        connection.stream.uncork();
      }
    };
  }

  /** Some of its statements went by names. */
  get isNamed(): boolean {
    return this.#sent.some(({ name }) => name !== '');
  }

  hasBeenParsed(): boolean {
    return this.#sent.at(-1)?.isKept ?? false;
  }

  handleDataRow(message: unknown): void {
    if (this.#isFirstDone) driver.handleDataRow.call(this, message);
  }

  handleCommandComplete(message: unknown, connection: Connection): void {
    if (this.#isFirstDone) driver.handleCommandComplete.call(this, message, connection);
    this.#isFirstDone = true;
  }

  /** Not called after a failure: what was parsed in between is parsed again then. */
  handleReadyForQuery(connection: Connection): void {
    for (const statement of this.#sent) statement.isKept = statement.name !== '';
    driver.handleReadyForQuery.call(this, connection);
  }
}

function begin(connection: Connection, { text, values }: FirstStatement, statements: KeptStatements): SentStatement {
  const more = true;
  const sent = statements.send(text);
  if (!sent.isKept) {
    close(connection, sent.name);
    connection.parse({ name: sent.name, text, types: [] }, more);
  }
  connection.bind({ statement: sent.name, values: [...values] }, more);
  connection.execute(null, more);
  return sent;
}

/** One that there is not is no error. */
function close(connection: Connection, name: string): void {
  if (name !== '') (connection as Closing).close({ type: 'S', name });
}
