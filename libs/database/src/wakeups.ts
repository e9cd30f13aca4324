import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import { Config } from '#libs/config';
import type { Queryable } from './database.js';

export type WakeupChannel =
  'run_jobs' | 'run_ends' | 'run_callbacks' | 'connections' | 'signing_keys' | 'denials' | 'tombstones';

const RECONNECT_MILLISECONDS = 1000;

/**
 * The SQL expression that sends a wake-up when its transaction commits.
 * @param payload an SQL expression of type text
 */
export function wakeup(channel: WakeupChannel, payload = `''`): string {
  return `pg_notify('gatehouse_${channel}', ${payload})`;
}

/**
 * LISTEN/NOTIFY between processes: it only saves the wait for the next tick. Nothing may depend on it, since a notice is lost while the
 * listener reconnects, and behind a transaction-mode pooler none arrives at all.
 */
@Injectable()
export class Wakeups implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('Wakeups');
  readonly #listeners = new Map<WakeupChannel, (payload: string) => void>();
  #client: Client | null = null;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(private readonly config: Config) {}

  /** Sent when the caller's transaction commits. */
  async notify(tx: Queryable, channel: WakeupChannel): Promise<void> {
    await tx.query(`SELECT ${wakeup(channel)}`);
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

  async #connect(): Promise<void> {
    const client = new Client({ connectionString: this.config.databaseUrl, application_name: 'gatehouse-listen' });
    client.on('error', () => this.#reconnectLater(client));
    client.on('end', () => this.#reconnectLater(client));
    client.on('notification', ({ channel, payload = '' }) =>
      this.#listeners.get(channel.replace('gatehouse_', '') as WakeupChannel)?.(payload),
    );
    this.#client = client;
    try {
      await client.connect();
      for (const channel of this.#listeners.keys()) await client.query(`LISTEN gatehouse_${channel}`);
      for (const wake of this.#listeners.values()) wake('');
    } catch (error) {
      this.#log.warn(`Listening for wake-ups failed; ticks go on. ${(error as Error).message}`);
      this.#reconnectLater(client);
    }
  }

  #reconnectLater(client: Client): void {
    if (this.#stopped || this.#client !== client) return;
    this.#client = null;
    client.end().catch(() => undefined);
    this.#retry = setTimeout(() => void this.#connect(), RECONNECT_MILLISECONDS);
  }
}
