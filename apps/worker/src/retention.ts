import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { ExpiryWarnings } from '#libs/connections';
import { signals } from '#libs/telemetry';

const EVERY_MILLISECONDS = 60_000;

/** Of one statement: short of the time that a statement may take, whatever hangs on a row. */
const BATCH_ROWS = 1000;
/** Of one kind in one sweep, so that the others have their turn. */
const BATCHES = 100;

/** Rows that know themselves when they are of no use any more. */
export interface Expiring {
  /**
   * @param limit rows to delete at most
   * @returns how many it took; `limit` or more: there may be others. Nothing, where it takes all of them at once
   */
  deleteExpired(limit: number): Promise<number | void>;
}

/** Injection token of all of them. */
export const EXPIRING = Symbol('EXPIRING');

/** Deletes what has outlived its use. Every statement may run in several workers at once. */
@Injectable()
export class Retention implements BeforeApplicationShutdown {
  readonly #log = new Logger('Retention');
  #sweeping: Promise<void> | null = null;
  #stopped = false;

  constructor(
    @Inject(EXPIRING) private readonly expiring: readonly Expiring[],
    private readonly warnings: ExpiryWarnings,
  ) {}

  @Interval(EVERY_MILLISECONDS)
  tick(): void {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = null;
      signals.loopTurned.publish({ loop: 'retention', result: 'ok' });
    });
  }

  /** The sweep under way, if there is one. */
  async settled(): Promise<void> {
    await this.#sweeping;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    await this.settled();
  }

  async #sweep(): Promise<void> {
    for (const rows of this.expiring) await this.#attempt(rows.constructor.name, () => this.#deleteAll(rows));
    await this.#attempt('ExpiryWarnings', () => this.warnings.recordDue(BATCH_ROWS));
  }

  async #deleteAll(rows: Expiring): Promise<void> {
    for (let batch = 0; batch < BATCHES && !this.#stopped; batch += 1) {
      const deleted = await rows.deleteExpired(BATCH_ROWS);
      if (deleted === undefined || deleted < BATCH_ROWS) return;
    }
  }

  /** One kind that fails keeps nobody from deleting the others. */
  async #attempt(rows: string, work: () => Promise<unknown>): Promise<void> {
    if (this.#stopped) return;
    try {
      await work();
    } catch (cause) {
      this.#log.error({ msg: 'What has outlived its use could not be deleted; it is tried again.', rows, cause });
    }
  }
}
