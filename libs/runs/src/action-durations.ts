import { Injectable, Logger } from '@nestjs/common';
import { Database } from '#libs/database';
import { BriefCache, Clock, secondsAfter } from '#libs/scheduling';
import type { Run } from './run.entity.js';
import { bucketOf, nothingKnown, type UsualDuration } from './usual-duration.js';

const BELIEVED_SECONDS = 5;
const ENTRIES = 2000;
const FLUSH_MILLISECONDS = 500;
/** What is known counts half as much an hour later. Not by the number of runs since: of those that begin together, the slow ones come last. */
const HALVED_SECONDS = 3600;

type Action = Pick<Run, 'tenantId' | 'appId' | 'actionKey'>;

/** How long actions take at their third parties, learnt from runs of all workers. Nothing is wrong when a run is not counted. */
@Injectable()
export class ActionDurations {
  readonly #log = new Logger('ActionDurations');
  readonly #known: BriefCache<UsualDuration | null>;
  readonly #noted = new Map<string, number[]>();
  #flush: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    const load = (name: string) => this.#load(name);
    this.#known = new BriefCache({ load, seconds: BELIEVED_SECONDS, entries: ENTRIES, clock });
  }

  of(action: Action): Promise<UsualDuration | null> {
    return this.#known.get(nameOf(action));
  }

  note(action: Action, seconds: number): void {
    const noted = this.#noted.get(nameOf(action)) ?? nothingKnown();
    const bucket = bucketOf(seconds);
    noted[bucket] = (noted[bucket] ?? 0) + 1;
    this.#noted.set(nameOf(action), noted);
    this.#flush ??= setTimeout(() => void this.flush(), FLUSH_MILLISECONDS).unref();
  }

  /** Never throws. Runs of a busy action share one write: they would queue up for its row. */
  async flush(): Promise<void> {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    const noted = [...this.#noted];
    this.#noted.clear();
    for (const [name, counts] of noted) {
      await this.#add(name, counts).catch((cause: unknown) =>
        this.#log.warn({ msg: 'How long runs took could not be noted.', cause }),
      );
    }
  }

  async #add(name: string, counts: readonly number[]): Promise<void> {
    const now = this.clock.now();
    const [tenantId = ''] = name.split(' ');
    await this.database.of(tenantId).query(
      `INSERT INTO action_durations AS known (tenant_id, app_id, action_key, counts, halved_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant_id, app_id, action_key) DO UPDATE SET
         counts = ARRAY(SELECT earlier * CASE WHEN known.halved_at < $6 THEN 0.5 ELSE 1 END + later
                          FROM unnest(known.counts, excluded.counts) WITH ORDINALITY AS each (earlier, later, bucket) ORDER BY bucket),
         halved_at = CASE WHEN known.halved_at < $6 THEN excluded.halved_at ELSE known.halved_at END`,
      [...name.split(' '), counts, now, secondsAfter(now, -HALVED_SECONDS)],
    );
  }

  async #load(name: string): Promise<UsualDuration | null> {
    const [tenantId = ''] = name.split(' ');
    const [row] = await this.database
      .of(tenantId)
      .query<{ counts: number[] }>(
        `SELECT counts FROM action_durations WHERE tenant_id = $1 AND app_id = $2 AND action_key = $3`,
        name.split(' '),
      );
    return row?.counts ?? null;
  }
}

/** No name of an action holds a space. */
function nameOf({ tenantId, appId, actionKey }: Action): string {
  return `${tenantId} ${appId} ${actionKey}`;
}
