import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import { Config } from '#libs/config';
import type { Queryable } from './scoped-database.js';

export type WakeupChannel =
  | 'run_jobs'
  | 'run_ends'
  | 'run_callbacks'
  | 'revocation_jobs'
  | 'webhook_deliveries'
  | 'connections'
  | 'signing_keys'
  | 'denials'
  | 'tombstones';

const RECONNECT_MILLISECONDS = 1000;
const MOST_AT_ONCE = 1000;
/** Of a connection that hangs. */
const MOST_UNSENT = 10_000;

interface Wakeup {
  channel: WakeupChannel;
  payload: string;
}

/**
 * LISTEN/NOTIFY between processes: it only saves the wait for the next tick. Nothing may depend on it, since a notice is lost while the
 * listener reconnects, and behind a transaction-mode pooler none arrives at all.
 */
@Injectable()
export class Wakeups implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('Wakeups');
  readonly #listeners = new Map<WakeupChannel, (payload: string) => void>();
  #unsent: Wakeup[] = [];
  #client: Client | null = null;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;
  #isListening = false;

  constructor(private readonly config: Config) {}

  /** Null where this process waits for nothing, and so needs none. */
  get isListening(): boolean | null {
    return this.#listeners.size === 0 ? null : this.#isListening;
  }

  /** Sent when the caller's transaction commits. For what is rare: such commits wait for one another, each for the disk. */
  async notify(tx: Queryable, channel: WakeupChannel): Promise<void> {
    await tx.query(`SELECT pg_notify('gatehouse_${channel}', '')`);
  }

  /** After the commit. This process is woken now, and the others by what is gathered until the last such word has left. Never throws. */
  send(channel: WakeupChannel, payload = ''): void {
    this.#listeners.get(channel)?.(payload);
    if (this.#unsent.length >= MOST_UNSENT) return;
    const isFirst = this.#unsent.push({ channel, payload }) === 1;
    if (isFirst) setImmediate(() => void this.#sendAll());
  }

  /**
   * To be called before the application has started.
   * @param wake gets what was sent along; nothing when it is not known what was missed
   */
  listen(channel: WakeupChannel, wake: (payload: string) => void): void {
    this.#listeners.set(channel, wake);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.#listeners.size > 0) await this.#connect();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    await this.#client?.end().catch(() => undefined);
  }

  async #sendAll(): Promise<void> {
    while (this.#unsent.length > 0) {
      const all = this.#unsent.slice(0, MOST_AT_ONCE);
      try {
        await this.#client?.query(
          `SELECT pg_notify('gatehouse_' || channel, payload) FROM unnest($1::text[], $2::text[]) AS one (channel, payload)`,
          [all.map(({ channel }) => channel), all.map(({ payload }) => payload)],
        );
      } catch {
        // The ticks find it.
      }
      // Only now: what comes meanwhile is not the first, and goes with the next.
      this.#unsent.splice(0, all.length);
    }
  }

  async #connect(): Promise<void> {
    const client = new Client({ connectionString: this.config.databaseUrl, application_name: 'gatehouse-listen' });
    client.on('error', () => this.#reconnectLater(client));
    client.on('end', () => this.#reconnectLater(client));
    client.on('notification', ({ channel, payload = '', processId }) => {
      const isOurs = processId === (client as Client & { processID?: number }).processID;
      if (!isOurs) this.#listeners.get(channel.replace('gatehouse_', '') as WakeupChannel)?.(payload);
    });
    this.#client = client;
    try {
      await client.connect();
      for (const channel of this.#listeners.keys()) await client.query(`LISTEN gatehouse_${channel}`);
      this.#isListening = true;
      for (const wake of this.#listeners.values()) wake('');
    } catch (error) {
      this.#log.warn(`Listening for wake-ups failed; ticks go on. ${(error as Error).message}`);
      this.#reconnectLater(client);
    }
  }

  #reconnectLater(client: Client): void {
    if (this.#stopped || this.#client !== client) return;
    this.#client = null;
    this.#isListening = false;
    client.end().catch(() => undefined);
    this.#retry = setTimeout(() => void this.#connect(), RECONNECT_MILLISECONDS);
  }
}
