import { Injectable, Logger } from '@nestjs/common';
import { OutageLog } from '#libs/scheduling';
import { DataKeys } from './data-keys.js';
import { OpenFailures } from './open-failures.js';
import { Sealer } from './sealer.js';
import { Shredding } from './shredding.js';

/** What every process holds of the vault in memory, kept true and bounded by ticks. None of them throws. */
@Injectable()
export class VaultMemory {
  readonly #outage = new OutageLog(new Logger('VaultMemory'), 'Notes of the vault');

  constructor(
    private readonly sealer: Sealer,
    private readonly shredding: Shredding,
    private readonly dataKeys: DataKeys,
    private readonly failures: OpenFailures,
  ) {}

  /** Data keys in memory now. */
  get heldKeys(): number {
    return this.dataKeys.held;
  }

  /** At least once a second: a tenant that was deleted is to be felt so soon. */
  async sync(): Promise<void> {
    this.dataKeys.evict();
    await Promise.all([this.sealer.renew(), this.shredding.sync()]);
  }

  /** Writes what was counted and noted. */
  async flush(): Promise<void> {
    await this.#outage.around(() => Promise.all([this.dataKeys.flushCounts(), this.failures.flush()]));
  }
}
