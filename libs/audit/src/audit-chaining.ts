import { Injectable, Logger } from '@nestjs/common';
import type { TenantId } from '#libs/database';
import { OutageLog } from '#libs/scheduling';
import { signals } from '#libs/telemetry';
import { AuditChains } from './audit-chains.store.js';

const TENANTS_AT_ONCE = 100;
const ENTRIES_AT_ONCE = 1000;
/** Of one tenant in one turn, so that the others have theirs. */
const BATCHES = 20;

/** Chains what was recorded, soon after it was committed. Any number of workers share the work, and one that dies leaves nothing to mend. */
@Injectable()
export class AuditChaining {
  readonly #outage = new OutageLog(new Logger('AuditChaining'), 'Chains of the audit');
  #running: Promise<unknown> | null = null;
  #stopped = false;

  constructor(private readonly chains: AuditChains) {}

  /** For a tick: never throws. What could not be done now is found again at the next one. */
  async runDue(): Promise<void> {
    this.#running ??= this.#outage
      .around(() => this.#extendAll())
      .then((isDone) => signals.loopTurned.publish({ loop: 'audit_chaining', result: isDone ? 'ok' : 'failed' }))
      .finally(() => (this.#running = null));
    await this.#running;
  }

  /** Finishes the batch in hand. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #extendAll(): Promise<void> {
    for (const tenantId of await this.chains.tenantsWithUnchained(TENANTS_AT_ONCE)) await this.#extend(tenantId);
  }

  async #extend(tenantId: TenantId): Promise<void> {
    for (let batch = 0; batch < BATCHES && !this.#stopped; batch += 1) {
      const chained = await this.chains.extend(tenantId, ENTRIES_AT_ONCE);
      if (chained === null || chained < ENTRIES_AT_ONCE) return;
    }
  }
}
