import { Injectable } from '@nestjs/common';
import { demandRank, dueTime, FIRST_TIME } from '#libs/connections';
import { Database } from '#libs/database';
import { BriefCache, Clock, secondsAfter } from '#libs/scheduling';

const BACKLOG_SECONDS = 10;
/** Counting connections reads all of them. */
const STATUS_SECONDS = 60;
/** A backlog is counted no further: it costs the same however long it is. */
const MOST_COUNTED = 10_000;
/** A refresh is begun long before its token ends: what waits for so long is late. */
const OVERDUE_SECONDS = 60;

/** One is due from its beginning until its end, in hand or not: that it takes its time, or fails, is what somebody has to learn of. */
const RUNNING_REVOCATIONS = `(SELECT created_at AS due_at FROM revocation_jobs WHERE due_at IS NOT NULL) AS job`;

/** Table of due rows, by the name of what waits there. */
const QUEUES = {
  runs: 'run_jobs',
  refreshes: 'connections',
  webhooks: 'webhook_deliveries',
  callbacks: 'run_callbacks',
  revocation_jobs: RUNNING_REVOCATIONS,
  revocations: 'due_revocations',
} as const;

type Queue = keyof typeof QUEUES;

export interface Backlog {
  queue: Queue;
  /** 10,000 where there are more. */
  due: number;
  overdue: number;
  oldestSeconds: number;
}

interface QueueRow extends Omit<Backlog, 'oldestSeconds'> {
  oldest: Date | null;
  demanded: Date | null;
}

/** What waits in the database, over all tenants: read when somebody asks, and then believed for a while. */
@Injectable()
export class Backlogs {
  readonly #backlogs: BriefCache<Backlog[]>;
  readonly #statuses: BriefCache<{ status: string; count: number }[]>;
  readonly #circuits: BriefCache<{ refresh: number; upstream: number }>;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    const cache = { entries: 1, clock };
    this.#backlogs = new BriefCache({ ...cache, seconds: BACKLOG_SECONDS, load: () => this.#readBacklogs() });
    this.#circuits = new BriefCache({ ...cache, seconds: BACKLOG_SECONDS, load: () => this.#readCircuits() });
    this.#statuses = new BriefCache({ ...cache, seconds: STATUS_SECONDS, load: () => this.#readStatuses() });
  }

  queues(): Promise<Backlog[]> {
    return this.#backlogs.get('all');
  }

  /** How many are open. */
  circuits(): Promise<{ refresh: number; upstream: number }> {
    return this.#circuits.get('all');
  }

  connections(): Promise<{ status: string; count: number }[]> {
    return this.#statuses.get('all');
  }

  async #readBacklogs(): Promise<Backlog[]> {
    const now = this.clock.now();
    const late = secondsAfter(now, -OVERDUE_SECONDS);
    // Of connections, those that somebody waits for have a rank in place of a time; other tables have nothing as early.
    const queues = Object.entries(QUEUES).map(([queue, table]) => {
      const due = (condition: string) =>
        `(SELECT count(*)::integer FROM (SELECT 1 FROM ${table} WHERE ${condition} LIMIT ${MOST_COUNTED}) AS due)`;
      return `SELECT '${queue}' AS queue, ${due('due_at <= $1')} AS due, ${due('due_at <= $2 AND (due_at >= $3 OR due_at <= $4)')} AS overdue,
                     (SELECT min(due_at) FROM ${table} WHERE due_at BETWEEN $3 AND $1) AS oldest,
                     (SELECT min(due_at) FROM ${table} WHERE due_at < $3) AS demanded`;
    });
    const rows = await this.database.overTenants.query<QueueRow>(queues.join(' UNION ALL '), [
      now,
      late,
      FIRST_TIME,
      demandRank(late),
    ]);
    return rows.map(({ oldest, demanded, ...row }) => {
      const waiting = [oldest, demanded].filter((time) => time !== null).map((time) => dueTime(time).getTime());
      return { ...row, oldestSeconds: waiting.length === 0 ? 0 : (now.getTime() - Math.min(...waiting)) / 1000 };
    });
  }

  async #readCircuits(): Promise<{ refresh: number; upstream: number }> {
    const [row] = await this.database.overTenants.query<{ refresh: number; upstream: number }>(
      `SELECT (SELECT count(*)::integer FROM refresh_circuits WHERE opened_at IS NOT NULL) AS refresh,
              (SELECT count(*)::integer FROM upstreams WHERE paused_until > $1) AS upstream`,
      [this.clock.now()],
    );
    return row ?? { refresh: 0, upstream: 0 };
  }

  #readStatuses(): Promise<{ status: string; count: number }[]> {
    return this.database.overTenants.query(
      `SELECT status, count(*)::integer AS count FROM connections GROUP BY status`,
    );
  }
}
