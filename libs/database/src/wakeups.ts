import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import { Config } from '#libs/config';
import type { Queryable } from './database.js';

export type WakeupChannel = 'run_jobs' | 'connections' | 'signing_keys' | 'denials' | 'tombstones';

const RECONNECT_MILLISECONDS = 1000;

/**
 * LISTEN/NOTIFY between processes: it only saves the wait for the next tick. Nothing may depend on it, since a notice is lost while the
 * listener reconnects, and behind a transaction-mode pooler none arrives at all.
 */
@Injectable()
export class Wakeups implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('Wakeups');
  readonly #listeners = new Map<WakeupChannel, () => void>();
  #client: Client | null = null;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(private readonly config: Config) {}

  /** Sent when the caller's transaction commits. */
  async notify(tx: Queryable, channel: WakeupChannel): Promise<void> {
    await tx.query('SELECT pg_notify($1, $2)', [`gatehouse_${channel}`, '']);
  }

  /** To be called before the application has started. */
  listen(channel: WakeupChannel, wake: () => void): void {
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
    client.on('notification', ({ channel }) =>
      this.#listeners.get(channel.replace('gatehouse_', '') as WakeupChannel)?.(),
    );
    this.#client = client;
    try {
      await client.connect();
      for (const channel of this.#listeners.keys()) await client.query(`LISTEN gatehouse_${channel}`);
      for (const wake of this.#listeners.values()) wake();
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
