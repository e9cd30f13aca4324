import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { Database, Wakeups } from '#libs/database';
import { VaultMemory } from '#libs/vault';
import { Backlogs } from './backlog.js';
import { countSignals } from './counters.js';
import { gauges } from './gauges.js';

/** What this process counts, for Prometheus. No label is an id, and none names a tenant. */
@Injectable()
export class Metrics implements OnModuleInit, OnApplicationShutdown {
  readonly registry = new Registry();
  #end: (() => void) | undefined;
  #readStored: (() => Promise<void>) | undefined;

  constructor(
    private readonly backlogs: Backlogs,
    private readonly database: Database,
    private readonly wakeups: Wakeups,
    private readonly vault: VaultMemory,
  ) {}

  onModuleInit(): void {
    const { registry, backlogs, database, wakeups, vault } = this;
    collectDefaultMetrics({ register: registry });
    this.#readStored = gauges(registry, { backlogs, database, wakeups, vault });
    this.#end = countSignals(registry);
  }

  onApplicationShutdown(): void {
    this.#end?.();
    this.registry.clear();
  }

  /** Of Prometheus' text format. */
  get contentType(): string {
    return this.registry.contentType;
  }

  async text(): Promise<string> {
    await this.#readStored?.();
    return this.registry.metrics();
  }
}
