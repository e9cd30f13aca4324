import { Injectable } from '@nestjs/common';
import type { TenantAppView } from '#libs/catalog';
import type { ClaimedRun } from './claimed-run.js';
import { RunEnds } from './run-ends.js';
import { UpstreamPolling } from './upstream-polling.js';
import { UpstreamPreparation } from './upstream-preparation.js';
import { UpstreamSending } from './upstream-sending.js';

/** Takes a run of an app that comes through an upstream one step on. */
@Injectable()
export class UpstreamExecutor {
  constructor(
    private readonly preparation: UpstreamPreparation,
    private readonly sending: UpstreamSending,
    private readonly polling: UpstreamPolling,
    private readonly ends: RunEnds,
  ) {}

  /** @returns when it is due next; null when there is nothing left to do, or another worker does it */
  async take(claimed: ClaimedRun, app: TenantAppView): Promise<Date | null> {
    const prepared = await this.preparation.of(claimed, app);
    if (prepared.kind === 'ready') {
      return claimed.job.phase === 'execute' ? this.sending.send(prepared.work) : this.polling.look(prepared.work);
    }
    await this.ends.endUnanswered(claimed, prepared.outcome, prepared.isSafe);
    return null;
  }
}
