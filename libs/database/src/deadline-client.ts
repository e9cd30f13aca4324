import { once } from 'node:events';
import { Client, type QueryResult } from 'pg';
import { BatchedQuery, type FirstStatement, type Statement } from './batched-query.js';
import { SHARED } from './scope.js';

/** The server's own limit; a statement that runs into it is reported by the server. */
export const STATEMENT_TIMEOUT_MILLISECONDS = 10_000;
/** Ours, for a server that can't report anything any more: a connection that was cut without a word. */
export const QUERY_TIMEOUT_MILLISECONDS = 11_000;

/**
 * A connection that ends when a query on it gets no answer in time. pg by itself would go on using it, and every query would wait behind the
 * one that will never be answered, until TCP gives up a quarter of an hour later.
 */
export class DeadlineClient extends Client {
  /** Goes before each statement, in one round trip and one transaction with it. What was sent past the stores sees no tenant's rows. */
  before: FirstStatement | null = SHARED;

  // The overloads are the driver's: what goes through is passed on as it came.
  override query = ((...parameters: Parameters<Client['query']>) => {
    const [text, values = []] = parameters as unknown[];
    // With a callback it is TypeORM's own, which asks what server this is.
    if (this.before && typeof text === 'string' && Array.isArray(values))
      return this.batch(this.before, { text, values });
    const result: unknown = super.query(...parameters);
    return result instanceof Promise ? result.catch((error: unknown) => this.#endIfSilent(error)) : result;
  }) as Client['query'];

  /** Both in one round trip, and in one transaction. @returns what the second gave */
  batch(first: FirstStatement, second: Statement): Promise<QueryResult> {
    const answer = new Promise<QueryResult>((resolve, reject) => {
      super.query(new BatchedQuery(first, second, (error, result) => (error ? reject(error) : resolve(result))));
    });
    return answer.catch((error: unknown) => this.#endIfSilent(error));
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
