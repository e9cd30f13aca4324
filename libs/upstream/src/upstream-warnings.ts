import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { TenantId } from '#libs/database';
import { BriefCache, Clock, secondsAfter } from '#libs/scheduling';
import { UpstreamCalls } from './upstream-calls.js';
import { UpstreamError } from './upstream-error.js';
import type { Upstream } from './upstream.entity.js';
import { Upstreams } from './upstreams.store.js';

/** What is missing from a list, or may be out of date, and why. */
export interface UpstreamWarning {
  /** The upstream's name. */
  source: string;
  code: 'disabled' | 'paused' | 'failing' | 'slow' | 'incomplete' | 'unlinked' | 'throttled';
  detail: string;
}

/** Who has been heard of since then is not asked how they are. */
const FRESH_SECONDS = 10;
/** A list waits no longer for somebody to say how they are. */
const LIST_WAITS_MILLISECONDS = 1000;
const PROBE_SECONDS = 5;
const MAX_PROBES_KEPT = 1000;

type Named = Pick<Upstream, 'tenantId' | 'id'>;

/** How a tenant's upstreams are, for lists that are made of what they said before. */
@Injectable()
export class UpstreamWarnings {
  readonly #log = new Logger('Upstreams');
  readonly #probes: BriefCache<void>;

  constructor(
    private readonly upstreams: Upstreams,
    private readonly calls: UpstreamCalls,
    private readonly clock: Clock,
  ) {
    const load = (key: string) => this.#ask(JSON.parse(key) as Named);
    this.#probes = new BriefCache({ load, seconds: FRESH_SECONDS, entries: MAX_PROBES_KEPT, clock });
  }

  /** One that was not heard of for a while is asked first, so that one that is down is known to be. Never fails because of one. */
  async of(tenantId: TenantId): Promise<UpstreamWarning[]> {
    const known = await this.upstreams.list(tenantId);
    const unheard = known.filter((upstream) => this.#isUnheard(upstream));
    if (unheard.length === 0) return known.flatMap((upstream) => warningsOf(upstream, this.clock.now()));
    const slow = new Set<string>();
    await Promise.all(unheard.map(async ({ id }) => (await this.#probe({ tenantId, id })) || slow.add(id)));
    const now = this.clock.now();
    return (await this.upstreams.list(tenantId)).flatMap((upstream) => {
      const warnings = warningsOf(upstream, now);
      return warnings.length === 0 && slow.has(upstream.id) ? [slowly(upstream)] : warnings;
    });
  }

  #isUnheard({ enabled, answeredAt, pausedUntil }: Upstream): boolean {
    const now = this.clock.now();
    if (!enabled || (pausedUntil && pausedUntil > now)) return false;
    return !answeredAt || answeredAt < secondsAfter(now, -FRESH_SECONDS);
  }

  /** @returns false when it has not answered in time; what came of it then is known to the next list */
  async #probe({ tenantId, id }: Named): Promise<boolean> {
    const waiting = new AbortController();
    const late = wait(LIST_WAITS_MILLISECONDS, false, { signal: waiting.signal });
    const answered = this.#probes.get(JSON.stringify({ tenantId, id })).then(() => true);
    try {
      return await Promise.race([answered, late]);
    } finally {
      late.catch(() => undefined);
      waiting.abort();
    }
  }

  /** The smallest question that there is. */
  async #ask({ tenantId, id }: Named): Promise<void> {
    const upstream = await this.upstreams.byId(tenantId, id);
    if (!upstream) return;
    const query = { limit: '1' };
    const request = {
      method: 'GET',
      path: '/v2/apps',
      query,
      urgency: 'person',
      timeoutSeconds: PROBE_SECONDS,
    } as const;
    await this.calls.call(upstream, null, request).catch((error: unknown) => {
      if (!(error instanceof UpstreamError)) this.#log.error({ msg: 'An upstream could not be probed.', cause: error });
    });
  }
}

function warningsOf(upstream: Upstream, now: Date): UpstreamWarning[] {
  const { name: source, title, enabled, pausedUntil, failures, syncedAt, lastFailure, refusal } = upstream;
  if (!enabled) return [{ source, code: 'disabled', detail: `${title} is switched off: its apps are not listed.` }];
  const why = lastFailure === null ? '' : ` ${lastFailure}`;
  const warnings: UpstreamWarning[] = [];
  if (pausedUntil && pausedUntil > now) {
    const detail = `${title} failed again and again, and is left alone until ${pausedUntil.toISOString()}.${why}`;
    warnings.push({ source, code: 'paused', detail });
  } else if (failures > 0) {
    const detail = `${title} fails at the moment: what is listed of it is from before.${why}`;
    warnings.push({ source, code: 'failing', detail });
  } else if (refusal !== null) {
    warnings.push({ source, code: 'failing', detail: `${title} gives no tokens: ${refusal}` });
  }
  if (!syncedAt) {
    const detail = `The apps of ${title} are not all read yet: more of them will be listed.`;
    warnings.push({ source, code: 'incomplete', detail });
  }
  return warnings;
}

function slowly({ name: source, title }: Upstream): UpstreamWarning {
  return { source, code: 'slow', detail: `${title} is slow to answer: what is listed of it may be from before.` };
}
