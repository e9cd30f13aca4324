import { once } from 'node:events';
import { Client, type QueryResult } from 'pg';
import { BatchedQuery, type FirstStatement, type Statement } from './batched-query.js';
import { KeptStatements } from './kept-statements.js';
import { SHARED } from './scope.js';

/** The server's own limit; a statement that runs into it is reported by the server. */
export const STATEMENT_TIMEOUT_MILLISECONDS = 10_000;
/** Ours, for a server that can't report anything any more: a connection that was cut without a word. */
export const QUERY_TIMEOUT_MILLISECONDS = 11_000;
const WHICH_SERVER = 'SELECT pg_backend_pid() AS pid';
/** The server does not have it, has another one, or has one whose tables were changed: nothing was done, and it is sent for this once. */
const NOT_KEPT = new Set(['26000', '42P05', '0A000']);

/** Ends a transaction, or a part of one, and reads nothing: in one that has failed, a scope before it would fail too, and nothing would end it. */
const ENDING = /^(?:COMMIT|ROLLBACK|ROLLBACK TO SAVEPOINT \w+)$/;

type Answered = (error: unknown, result?: QueryResult) => void;

/**
 * A connection that ends when a query on it gets no answer in time. pg by itself would go on using it, and every query would wait behind the
 * one that will never be answered, until TCP gives up a quarter of an hour later.
 */
export class DeadlineClient extends Client {
  /** Goes before each statement, in one round trip and one transaction with it. What was sent past the stores sees no tenant's rows. */
  before: FirstStatement | null = SHARED;
  #statements = new KeptStatements();

  // The overloads are the driver's: what goes through is passed on as it came.
  override query = ((...parameters: Parameters<Client['query']>) => {
    const [text, values, ...others] = parameters as unknown[];
    if (this.before && !(typeof text === 'string' && ENDING.test(text))) return this.#scoped(this.before, parameters);
    if (typeof text === 'string' && Array.isArray(values) && values.length > 0 && others.length === 0)
      return this.batch(null, { text, values });
    const result: unknown = super.query(...parameters);
    return result instanceof Promise ? result.catch((error: unknown) => this.#endIfSilent(error)) : result;
  }) as Client['query'];

  /** Both in one round trip, and in one transaction. Without a first, the second is part of one that has begun. @returns what the second gave */
  async batch(first: FirstStatement | null, second: Statement): Promise<QueryResult> {
    const { query, answer } = this.#send(first, second);
    if (this.#statements.isAsking) void this.#ask();
    try {
      return await answer;
    } catch (error) {
      if (!query.isNamed || !NOT_KEPT.has((error as { code?: string }).code ?? '')) return this.#endIfSilent(error);
      this.#statements = new KeptStatements();
      this.#statements.allow(false);
      // A transaction that had begun takes nothing more.
      if (!first) throw error;
      return this.batch(first, second);
    }
  }

  #send(first: FirstStatement | null, second: Statement): { query: BatchedQuery; answer: Promise<QueryResult> } {
    let settle: (error: Error | null, result: QueryResult) => void;
    const answer = new Promise<QueryResult>((resolve, reject) => {
      settle = (error, result) => (error ? reject(error) : resolve(result));
    });
    const query = new BatchedQuery(first, second, this.#statements, (...answered) => settle(...answered));
    super.query(query);
    return { query, answer };
  }

  /** A pooler gives itself another number than the server that it hands a statement to. Asked in no scope: a transaction may have begun. */
  async #ask(): Promise<void> {
    this.#statements.allow(false);
    const { processID } = this as DeadlineClient & { processID?: number };
    const { rows } = await super.query<{ pid: number }>(WHICH_SERVER).catch(() => ({ rows: [] }));
    this.#statements.allow(rows[0]?.pid === processID);
  }

  /** @throws for what nothing can go before, such as a cursor */
  #scoped(before: FirstStatement, [text, ...others]: readonly unknown[]): Promise<QueryResult> | undefined {
    const answered = others.find((one) => typeof one === 'function') as Answered | undefined;
    const [values = []] = others.filter((one) => one !== answered);
    if (typeof text !== 'string' || !Array.isArray(values))
      throw new Error(
        'Outside a transaction a query is a text, with an array of values: any other would go without its scope.',
      );
    const answer = this.batch(before, { text, values });
    if (!answered) return answer;
    answer.then((result) => answered(null, result), answered);
    return undefined;
  }

  /** Ended before the caller hears of it, so that the pool hands it to nobody else. */
  async #endIfSilent(error: unknown): Promise<never> {
    if ((error as Error | null)?.message === 'Query read timeout') {
      const ended = once(this, 'end');
      this.connection.stream.destroy();
      await ended;
    }
    throw error;
  }
}
