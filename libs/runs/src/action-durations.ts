import { Injectable, Logger } from '@nestjs/common';
import { Database } from '#libs/database';
import { BriefCache, Clock } from '#libs/scheduling';
import type { UsualDuration } from './poll-schedule.js';
import type { Run } from './run.entity.js';

const BELIEVED_SECONDS = 5;
const ENTRIES = 10_000;
const FLUSH_MILLISECONDS = 500;
/** Part of the newest run in the averages. */
const WEIGHT = 0.15;

type Action = Pick<Run, 'tenantId' | 'appId' | 'actionKey'>;

/** How long actions take at their third parties, learnt from runs of all workers. Nothing is wrong when a sample is lost. */
@Injectable()
export class ActionDurations {
  readonly #log = new Logger('ActionDurations');
  readonly #known: BriefCache<UsualDuration | null>;
  readonly #noted = new Map<string, { action: Action; seconds: number[] }>();
  #flush: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    clock: Clock,
  ) {
    const load = (name: string) => this.#load(name);
    this.#known = new BriefCache({ load, seconds: BELIEVED_SECONDS, entries: ENTRIES, clock });
  }

  of(action: Action): Promise<UsualDuration | null> {
    return this.#known.get(nameOf(action));
  }

  note(action: Action, seconds: number): void {
    const noted = this.#noted.get(nameOf(action));
    if (noted) noted.seconds.push(seconds);
    else this.#noted.set(nameOf(action), { action, seconds: [seconds] });
    this.#flush ??= setTimeout(() => void this.flush(), FLUSH_MILLISECONDS).unref();
  }

  /** Never throws. */
  async flush(): Promise<void> {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    const noted = [...this.#noted.values()];
    this.#noted.clear();
    for (const { action, seconds } of noted) {
      await this.#add(action, seconds).catch((cause: unknown) =>
        this.#log.warn({ msg: 'How long runs took could not be noted.', cause }),
      );
    }
  }

  /** One row for so many runs at once: those of a busy action would queue up for it. */
  async #add({ tenantId, appId, actionKey }: Action, seconds: readonly number[]): Promise<void> {
    const mean = seconds.reduce((sum, each) => sum + each, 0) / seconds.length;
    const spread = (around: number) => seconds.reduce((sum, each) => sum + Math.abs(each - around), 0) / seconds.length;
    const before = await this.#load(nameOf({ tenantId, appId, actionKey }));
    const deviation = spread(before?.mean ?? mean);
    // The first ones all count the same.
    const share = seconds.length / (seconds.length + (before?.samples ?? 0));
    const weight = Math.max(share, 1 - (1 - WEIGHT) ** seconds.length);
    await this.database.query(
      `INSERT INTO action_durations AS known (tenant_id, app_id, action_key, mean_seconds, deviation_seconds, samples)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (tenant_id, app_id, action_key) DO UPDATE SET
         mean_seconds = known.mean_seconds + $7::float8 * (excluded.mean_seconds - known.mean_seconds),
         deviation_seconds = known.deviation_seconds + $7::float8 * (excluded.deviation_seconds - known.deviation_seconds),
         samples = LEAST(known.samples + excluded.samples, 1000000)`,
      [tenantId, appId, actionKey, mean, deviation, seconds.length, weight],
    );
  }

  async #load(name: string): Promise<UsualDuration | null> {
    const [row] = await this.database.query<UsualDuration>(
      `SELECT mean_seconds AS mean, deviation_seconds AS deviation, samples FROM action_durations
        WHERE tenant_id = $1 AND app_id = $2 AND action_key = $3`,
      name.split(' '),
    );
    return row ?? null;
  }
}

/** No name of an action holds a space. */
function nameOf({ tenantId, appId, actionKey }: Action): string {
  return `${tenantId} ${appId} ${actionKey}`;
}
