import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Attempts } from '#libs/connect';
import { Connections } from '#libs/connections';
import { AccessTokens } from '#libs/oauth';
import { Runs } from '#libs/runs';
import { Clock, secondsAfter } from '#libs/scheduling';
import { JtiUses } from '#libs/trusted-keys';

const EVERY_MILLISECONDS = 60_000;
/** As long as a Connect session lasts: after it, nobody can confirm any more. */
const UNCONFIRMED_SECONDS = 1800;
const ATTEMPTS_KEPT_SECONDS = 86_400;

/** Deletes what has outlived its use. Every statement may run in several workers at once. */
@Injectable()
export class Retention implements BeforeApplicationShutdown {
  readonly #log = new Logger('Retention');
  #sweeping: Promise<void> | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly tokens: AccessTokens,
    private readonly jtiUses: JtiUses,
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
    await this.tokens.deleteExpired();
    await this.jtiUses.deleteExpired();
    await this.attempts.deleteOld(secondsAfter(now, -ATTEMPTS_KEPT_SECONDS));
    await this.connections.deleteUnconfirmed(secondsAfter(now, -UNCONFIRMED_SECONDS));
    await this.runs.deleteOld();
  }
}
