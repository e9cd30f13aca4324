import { once } from 'node:events';
import { Client } from 'pg';

/** The server's own limit; a statement that runs into it is reported by the server. */
export const STATEMENT_TIMEOUT_MILLISECONDS = 10_000;
/** Ours, for a server that can't report anything any more: a connection that was cut without a word. */
export const QUERY_TIMEOUT_MILLISECONDS = 11_000;

/**
 * A connection that ends when a query on it gets no answer in time. pg by itself would go on using it, and every query would wait behind the
 * one that will never be answered, until TCP gives up a quarter of an hour later.
 */
export class DeadlineClient extends Client {
  // The overloads are the driver's: what goes through is passed on as it came.
  override query = ((...parameters: Parameters<Client['query']>) => {
    const result: unknown = super.query(...parameters);
    return result instanceof Promise ? result.catch((error: unknown) => this.#endIfSilent(error)) : result;
  }) as Client['query'];

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
