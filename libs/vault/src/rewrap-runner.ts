import { Injectable, Logger } from '@nestjs/common';
import { Database, type TenantId } from '#libs/database';
import { Clock, OutageLog, secondsAfter } from '#libs/scheduling';
import { DataKeyRewrap } from './data-key-rewrap.js';
import { Rewraps } from './rewraps.js';
import { RewrapStore, type RewrapJob } from './rewraps.store.js';
import { TenantRewrap } from './tenant-rewrap.js';

const TENANTS_AT_ONCE = 100;
/** Of the connections that requests need too. */
const PARALLEL = 3;
const RETRY_SECONDS = 30;

/** Does what a rewrap has to do, tenant by tenant, in small transactions. A worker that dies leaves the rest to the others, or to itself. */
@Injectable()
export class RewrapRunner {
  readonly #log = new Logger('RewrapRunner');
  readonly #outage = new OutageLog(this.#log, 'Rewraps');
  #running: Promise<unknown> | null = null;
  #stopped = false;

  constructor(
    private readonly rewraps: Rewraps,
    private readonly store: RewrapStore,
    private readonly dataKeys: DataKeyRewrap,
    private readonly tenants: TenantRewrap,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** For a tick: never throws. Whatever is due is done before it ends. */
  async runDue(): Promise<void> {
    this.#running ??= this.#outage.around(() => this.#run()).finally(() => (this.#running = null));
    await this.#running;
  }

  /** Finishes the transactions in hand. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const job = await this.rewraps.running();
    if (!job) return;
    while (!this.#stopped && (await this.#round(job)));
    if (!this.#stopped) await this.rewraps.finish(job);
  }

  /** @returns whether there may be more to do now */
  async #round(job: RewrapJob): Promise<boolean> {
    const due = await this.store.due(job.id, this.clock.now(), TENANTS_AT_ONCE);
    return job.dataKeys === 'keep' ? this.#wrap(job, due) : this.#seal(job, due);
  }

  /** All at one go: it takes no time, and no secret is touched. */
  async #wrap(job: RewrapJob, due: readonly TenantId[]): Promise<boolean> {
    if (due.length === 0) return false;
    await this.database.overTenants.transaction(async (tx) => {
      const results = await this.dataKeys.wrap(due, job.keyId, tx);
      await this.store.finishParts(job.id, results, this.clock.now(), tx);
    });
    return true;
  }

  async #seal(job: RewrapJob, due: TenantId[]): Promise<boolean> {
    let moved = false;
    const takeTurns = async () => {
      for (let next = due.shift(); next && !this.#stopped; next = due.shift()) {
        if (await this.#tenant(job, next)) moved = true;
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, takeTurns));
    return moved;
  }

  /** One step after the other, until it is finished, postponed, or another worker's. */
  async #tenant(job: RewrapJob, tenantId: TenantId): Promise<boolean> {
    let moved = false;
    try {
      while (
        !this.#stopped &&
        (await this.database.of(tenantId).commitIf((tx) => this.tenants.step(job, tenantId, tx)))
      )
        moved = true;
    } catch (cause) {
      // One tenant must not hold up the others.
      this.#log.warn({ msg: 'A tenant could not be rewrapped; it is tried again.', tenant: tenantId, cause });
      await this.store.postpone(job.id, tenantId, secondsAfter(this.clock.now(), RETRY_SECONDS));
    }
    return moved;
  }
}
