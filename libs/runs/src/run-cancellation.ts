import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { UpstreamCalls, UpstreamError, readRun } from '#libs/upstream';
import { Vault } from '#libs/vault';
import { RunJobs } from './run-jobs.store.js';
import type { WithEnd } from './run-ending.js';
import { cancelled } from './run-outcome.js';
import { runSecret } from './run-rows.js';
import type { Run } from './run.entity.js';
import type { RunView } from './run-outcome.js';
import { Runs } from './runs.store.js';
import { outcomeThere } from './upstream-outcomes.js';
import { UpstreamsOfRuns } from './upstreams-of-runs.js';

const TIMEOUT_SECONDS = 5;

/** Ends a run where it stands, and asks its upstream to do the same, if it can: Zapier can not, another Gatehouse can. */
@Injectable()
export class RunCancellation {
  constructor(
    private readonly runs: Runs,
    private readonly jobs: RunJobs,
    private readonly upstreams: UpstreamsOfRuns,
    private readonly calls: UpstreamCalls,
    private readonly vault: Vault,
  ) {}

  /**
   * Ours ends first: whatever the upstream says, or does not say, nothing of it is waited for any more.
   * @param withEnd not for a run that has ended
   * @returns null when the user has no such run
   */
  async cancel(tenantId: TenantId, userId: string, id: string, withEnd?: WithEnd): Promise<RunView | null> {
    const view = await this.runs.cancel(tenantId, userId, id, withEnd);
    if (!view || view.run.source === 'local' || !view.outcome?.upstreamMayContinue) return view;
    if (!(await this.#isStoppedThere(view.run))) return view;
    const outcome = cancelled(false);
    await this.vault.put(tenantId, runSecret(view.run.id, 'outcome'), new Secret(outcome));
    return { ...view, outcome };
  }

  /** Only where it says that nothing goes on. */
  async #isStoppedThere(run: Run): Promise<boolean> {
    const [upstream, place] = await Promise.all([this.upstreams.of(run), this.jobs.remotePlace({ claim: run })]);
    if (!upstream || !place) return false;
    try {
      const { body } = await this.calls.call(upstream, place.userId, {
        method: 'POST',
        path: `/v2/action-runs/${encodeURIComponent(place.remoteId)}/cancel`,
        urgency: 'person',
        timeoutSeconds: TIMEOUT_SECONDS,
      });
      const stopped = readRun(body);
      const outcome = stopped && outcomeThere(stopped, body, upstream.title);
      return outcome?.state === 'cancelled' && outcome.upstreamMayContinue === false;
    } catch (error) {
      if (error instanceof UpstreamError) return false;
      throw error;
    }
  }
}
