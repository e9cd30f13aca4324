import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock, SystemClock } from '#libs/scheduling';
import { Database } from './database.js';

const EVERY_MILLISECONDS = 10_000;
/** Within it machines that keep time at all agree. */
const UNTOUCHED_MILLISECONDS = 100;
const START_TRIES = 5;

/**
 * Keeps this process's clock at the time of the database: leases and due times that one machine writes are read by others, and a machine
 * whose clock is wrong must neither take work too early nor lose it too late.
 */
@Injectable()
export class DatabaseTime implements OnModuleInit, OnApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  #aheadMilliseconds = 0;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    const { clock } = this;
    if (!(clock instanceof SystemClock)) return;
    for (let tries = 0; tries < START_TRIES && !(await this.#correct(clock)); tries += 1);
    this.#timer = setInterval(() => void this.#correct(clock).catch(() => undefined), EVERY_MILLISECONDS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** @returns false when the answer was too long on its way to say anything: by half of that it may be wrong */
  async #correct(clock: SystemClock): Promise<boolean> {
    const [sentAt, sent] = [Date.now(), performance.now()];
    const [row] = await this.database.shared.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    const tripMilliseconds = performance.now() - sent;
    if (!row) return false;
    const aheadMilliseconds = row.now.getTime() - (sentAt + tripMilliseconds / 2);
    const changedMilliseconds = Math.abs(aheadMilliseconds - this.#aheadMilliseconds);
    if (tripMilliseconds > UNTOUCHED_MILLISECONDS && changedMilliseconds < tripMilliseconds) return false;
    this.#aheadMilliseconds = Math.abs(aheadMilliseconds) > UNTOUCHED_MILLISECONDS ? Math.round(aheadMilliseconds) : 0;
    clock.correct(this.#aheadMilliseconds);
    return true;
  }
}
