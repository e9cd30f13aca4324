import { setTimeout as delay } from 'node:timers/promises';
import { becomes } from '../refresh/until.js';
import type { SoakWorld } from './soak-world.js';

const DOWN_MILLISECONDS = 1000;
/** security.md D1. */
const READY_WITHIN_SECONDS = 10;

export interface Plan {
  seconds: number;
  killEverySeconds: number;
  /** As parts of the time. */
  databaseDiesAt: readonly number[];
}

interface Outage {
  from: number;
  to: number;
}

/** What goes wrong during the soak, one after the other. */
export class Disturbances {
  kills = 0;
  /** Runs that had been sent to their app and had no answer when a worker was killed: nobody knows what became of those, and of no others. */
  readonly inHand = new Set<string>();
  readonly outages: Outage[] = [];
  readonly misses: string[] = [];

  constructor(
    private readonly world: SoakWorld,
    private readonly plan: Plan,
  ) {}

  async run(): Promise<void> {
    const start = Date.now();
    const { seconds, killEverySeconds, databaseDiesAt } = this.plan;
    const kills = Array.from({ length: Math.ceil(seconds / killEverySeconds) - 1 }, (_, index) => ({
      at: (index + 1) * killEverySeconds,
      happen: () => this.#killWorker(),
    }));
    const crashes = databaseDiesAt.map((part) => ({ at: part * seconds, happen: () => this.#crashDatabase() }));
    for (const { at, happen } of [...kills, ...crashes].sort((one, other) => one.at - other.at)) {
      await delay(Math.max(0, start + at * 1000 - Date.now()));
      await happen();
    }
  }

  /** Whether somebody who asked and was refused at these times has met an outage. */
  explains(asked: Outage): boolean {
    return this.outages.some(({ from, to }) => asked.from <= to && asked.to >= from);
  }

  async #killWorker(): Promise<void> {
    await this.world.mortalWorker.kill();
    const sent = await this.world.query(`SELECT id FROM run_jobs WHERE phase = 'execute' AND sent_at IS NOT NULL`);
    for (const { id } of sent) this.inHand.add(String(id));
    await this.world.mortalWorker.start();
    this.kills += 1;
  }

  async #crashDatabase(): Promise<void> {
    const from = Date.now();
    await this.world.database.crash();
    await delay(DOWN_MILLISECONDS);
    await this.world.database.start();
    const isReady = () => fetch(`${this.world.api.url}/health/ready`).then(({ ok }) => ok);
    const ready = await becomes(isReady, READY_WITHIN_SECONDS);
    if (!ready) this.misses.push(`not ready ${READY_WITHIN_SECONDS} s after PostgreSQL was back`);
    this.outages.push({ from, to: Date.now() });
  }
}
