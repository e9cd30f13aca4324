import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { UpstreamError } from './upstream-error.js';
import type { Upstream } from './upstream.entity.js';
import { Upstreams } from './upstreams.store.js';

/** So many calls that failed one after the other leave it alone for a while, longer each time. */
const OPENS_AFTER = 5;
const PAUSES_SECONDS = [10, 20, 40, 80, 160, 300];
/** Longer than a call may take: whoever probes and dies keeps the others away for no more than that. */
const PROBE_SECONDS = 60;
/** That it answers is written down no more often. */
const NOTED_SECONDS = 10;
const MAX_NOTED = 10_000;
const MAX_CHARACTERS = 500;

/** A circuit breaker for each upstream, shared by all processes. */
@Injectable()
export class UpstreamCircuits {
  readonly #notedAt = new Map<string, Date>();

  constructor(
    private readonly database: Database,
    private readonly upstreams: Upstreams,
    private readonly clock: Clock,
  ) {}

  /** @returns whether the call is the probe after a pause @throws UpstreamError `paused` */
  async enter(upstream: Upstream): Promise<boolean> {
    const now = this.clock.now();
    const pausedUntil = (await this.upstreams.byId(upstream.tenantId, upstream.id))?.pausedUntil ?? null;
    if (pausedUntil === null) return false;
    if (pausedUntil > now) throw paused(upstream, pausedUntil);
    const until = secondsAfter(now, PROBE_SECONDS);
    const [probe] = await this.database
      .of(upstream.tenantId)
      .query(
        `UPDATE upstreams SET paused_until = $4 WHERE tenant_id = $1 AND id = $2 AND paused_until = $3 RETURNING id`,
        [upstream.tenantId, upstream.id, pausedUntil, until],
      );
    this.upstreams.forget(upstream);
    if (!probe) throw paused(upstream, secondsAfter(now, 1));
    return true;
  }

  /** The probe was not made after all: the next call may be it. */
  async leave({ tenantId, id }: Upstream): Promise<void> {
    await this.database
      .of(tenantId)
      .query(`UPDATE upstreams SET paused_until = $3 WHERE tenant_id = $1 AND id = $2 AND paused_until IS NOT NULL`, [
        tenantId,
        id,
        this.clock.now(),
      ]);
    this.upstreams.forget({ tenantId, id });
  }

  /** It answered, and with sense. Written down when that is a change, or from time to time. */
  async answered(upstream: Upstream): Promise<void> {
    const { tenantId, id } = upstream;
    const now = this.clock.now();
    const isFailing = ((await this.upstreams.byId(tenantId, id))?.failures ?? 0) > 0;
    const notedAt = this.#notedAt.get(id);
    if (!isFailing && notedAt && secondsAfter(notedAt, NOTED_SECONDS) > now) return;
    if (this.#notedAt.size >= MAX_NOTED) this.#notedAt.clear();
    this.#notedAt.set(id, now);
    await this.database.of(tenantId).query(
      `UPDATE upstreams SET answered_at = $3, failures = 0, failing_since = NULL, last_failure = NULL, paused_until = NULL
        WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id, now],
    );
    this.upstreams.forget(upstream);
  }

  /** Calls that were under way when the pause began are no news. */
  async failed(upstream: Upstream, reason: string, isProbe: boolean): Promise<void> {
    const now = this.clock.now();
    await this.database.of(upstream.tenantId).query(
      `UPDATE upstreams SET failures = failures + 1, failing_since = COALESCE(failing_since, $3), last_failure = $4,
         paused_until = ($5::timestamptz[])[LEAST(failures + 2 - $6::integer, cardinality($5::timestamptz[]))]
        WHERE tenant_id = $1 AND id = $2 AND ($7 OR paused_until IS NULL OR paused_until <= $3)`,
      [
        upstream.tenantId,
        upstream.id,
        now,
        reason.slice(0, MAX_CHARACTERS),
        PAUSES_SECONDS.map((seconds) => secondsAfter(now, seconds)),
        OPENS_AFTER,
        isProbe,
      ],
    );
    this.upstreams.forget(upstream);
  }

  /** Whether it gives our client tokens. @param refusal null: it does */
  async noteTokens(upstream: Upstream, refusal: string | null): Promise<void> {
    const { tenantId, id } = upstream;
    const known = (await this.upstreams.byId(tenantId, id))?.refusal ?? null;
    const said = refusal?.slice(0, MAX_CHARACTERS) ?? null;
    if (known === said) return;
    await this.database
      .of(tenantId)
      .query(`UPDATE upstreams SET refusal = $3 WHERE tenant_id = $1 AND id = $2`, [tenantId, id, said]);
    this.upstreams.forget(upstream);
  }
}

function paused({ title }: Upstream, at: Date): UpstreamError {
  return new UpstreamError('paused', `${title} has failed so often that it is left alone for a while.`, { at });
}
