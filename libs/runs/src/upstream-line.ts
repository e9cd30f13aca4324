import { Injectable } from '@nestjs/common';
import { Database, asTenantId } from '#libs/database';
import { BriefCache, Clock, secondsAfter } from '#libs/scheduling';
import type { Upstream } from '#libs/upstream';
import type { UpstreamWork } from './upstream-work.js';

const BELIEVED_SECONDS = 1;
const ENTRIES = 1000;
/** Who stands further back need not know by how much. */
const MOST_COUNTED = 10_000;
/** A look that is due later does not stand in line yet. */
const SOON_SECONDS = 30;
/** Whoever is next does not ask all the time. */
const LEAST_SECONDS = 0.2;
/** Of the calls that the upstream allows: the rest is for runs that have not begun, and for people. */
const LOOKS_PART = 0.6;

interface Line {
  /** Ids of runs, which are in the order of their creation, that want a call soon. */
  waiting: string[];
  /** Runs that are looked at. */
  looked: number;
}

/** The runs of an upstream that share the calls it allows. The oldest goes first, whatever its next step is. */
@Injectable()
export class UpstreamLine {
  readonly #lines: BriefCache<Line>;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    const load = (name: string) => this.#load(name);
    this.#lines = new BriefCache({ load, seconds: BELIEVED_SECONDS, entries: ENTRIES, clock });
  }

  /** @param at when there will be a free place @returns when it may be this run's: those before it each take one */
  async turn({ run, upstream }: UpstreamWork, at: Date): Promise<Date> {
    const { waiting } = await this.#of(upstream);
    const before = waiting.findIndex((id) => id >= run.id);
    const ahead = before === -1 ? waiting.length : before;
    const soonest = secondsAfter(this.clock.now(), LEAST_SECONDS);
    const turn = secondsAfter(at, ahead * secondsPerCall(upstream));
    return turn > soonest ? turn : soonest;
  }

  /** @returns seconds that pass between two looks at one run, so that all looks together leave calls for others */
  async secondsBetweenLooks({ upstream }: UpstreamWork): Promise<number> {
    const { looked } = await this.#of(upstream);
    return (looked * secondsPerCall(upstream)) / LOOKS_PART;
  }

  #of({ tenantId, name }: Upstream): Promise<Line> {
    return this.#lines.get(JSON.stringify([tenantId, name]));
  }

  async #load(name: string): Promise<Line> {
    const [tenantId = '', source = ''] = JSON.parse(name) as string[];
    const rows = await this.database.of(tenantId).query<{ id: string; isLooked: boolean; isWaiting: boolean }>(
      `SELECT job.id, job.phase = 'poll' AS "isLooked", job.phase = 'execute' OR job.due_at <= $3 AS "isWaiting"
         FROM run_jobs job JOIN runs run ON run.tenant_id = job.tenant_id AND run.id = job.id
        WHERE job.tenant_id = $1 AND run.source = $2 ORDER BY job.id LIMIT $4`,
      [asTenantId(tenantId), source, secondsAfter(this.clock.now(), SOON_SECONDS), MOST_COUNTED],
    );
    return {
      waiting: rows.filter(({ isWaiting }) => isWaiting).map(({ id }) => id),
      looked: rows.filter(({ isLooked }) => isLooked).length,
    };
  }
}

function secondsPerCall({ windowSeconds, callsPerAddress, callsPerPartner }: Upstream): number {
  return windowSeconds / Math.max(1, Math.min(callsPerAddress, callsPerPartner));
}
