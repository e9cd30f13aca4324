import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Attempts } from '#libs/connect';
import { Connections } from '#libs/connections';
import { Runs } from '#libs/runs';
import { Clock, secondsAfter } from '#libs/scheduling';

const EVERY_MILLISECONDS = 60_000;
/** As long as a Connect session lasts: after it, nobody can confirm any more. */
const UNCONFIRMED_SECONDS = 1800;
const ATTEMPTS_KEPT_SECONDS = 86_400;

/** Rows that know themselves when they are of no use any more. */
export interface Expiring {
  deleteExpired(): Promise<void>;
}

/** Injection token of all of them. */
export const EXPIRING = Symbol('EXPIRING');

/** Deletes what has outlived its use. Every statement may run in several workers at once. */
@Injectable()
export class Retention implements BeforeApplicationShutdown {
  readonly #log = new Logger('Retention');
  #sweeping: Promise<void> | null = null;

  constructor(
    private readonly clock: Clock,
    @Inject(EXPIRING) private readonly expiring: readonly Expiring[],
    private readonly attempts: Attempts,
    private readonly connections: Connections,
    private readonly runs: Runs,
  ) {}

  @Interval(EVERY_MILLISECONDS)
  tick(): void {
    this.#sweeping ??= this.#sweep(this.clock.now())
      .catch((error: unknown) => this.#log.error(error))
      .finally(() => {
        this.#sweeping = null;
      });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#sweeping;
  }

  async #sweep(now: Date): Promise<void> {
    for (const rows of this.expiring) await rows.deleteExpired();
    await this.attempts.deleteOld(secondsAfter(now, -ATTEMPTS_KEPT_SECONDS));
    await this.connections.deleteUnconfirmed(secondsAfter(now, -UNCONFIRMED_SECONDS));
    await this.runs.deleteOld();
  }
}
