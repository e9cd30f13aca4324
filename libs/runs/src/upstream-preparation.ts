import { Injectable } from '@nestjs/common';
import type { TenantAppView } from '#libs/catalog';
import { Clock } from '#libs/scheduling';
import { Upstreams } from '#libs/upstream';
import type { ClaimedRun } from './claimed-run.js';
import { failed, outcomeUnknown, type RunOutcome } from './run-outcome.js';
import { isSafeAction, upstreamAction, upstreamSecurity, type UpstreamWork } from './upstream-work.js';

type Prepared = { kind: 'ready'; work: UpstreamWork } | { kind: 'ended'; outcome: RunOutcome; isSafe: boolean };

/** Whether a step of a run through an upstream can be taken: its time, its upstream, and what may have been sent before. */
@Injectable()
export class UpstreamPreparation {
  constructor(
    private readonly upstreams: Upstreams,
    private readonly clock: Clock,
  ) {}

  async of(claimed: ClaimedRun, app: TenantAppView): Promise<Prepared> {
    const { run, job } = claimed;
    const action = upstreamAction(run.actionKey);
    const isSafe = isSafeAction(action);
    const ended = (outcome: RunOutcome): Prepared => ({ kind: 'ended', outcome, isSafe });
    if (job.deadline <= this.clock.now()) return ended(overdue(claimed, app.definition.title, isSafe));
    const security = upstreamSecurity(app);
    const upstream = security && (await this.upstreams.byId(run.tenantId, security.upstreamId));
    const mayRepeat = isSafe || (upstream?.honoursKeys ?? false);
    if (job.phase === 'execute' && job.sentAt !== null && !mayRepeat) {
      return ended(outcomeUnknown('The worker that sent the request died before the answer.'));
    }
    if (!security || !upstream?.enabled) {
      if (job.phase === 'poll' && !isSafe) {
        return ended(
          outcomeUnknown('It was taken on, and the upstream that its app comes through is not used any more.'),
        );
      }
      return ended(
        failed('system', 'The action is gone', 'The upstream that its app comes through is not used any more.'),
      );
    }
    return { kind: 'ready', work: { ...claimed, app, security, upstream, action, isSafe, mayRepeat } };
  }
}

function overdue({ job }: ClaimedRun, title: string, isSafe: boolean): RunOutcome {
  const { phase, sentAt, faults } = job;
  if (!isSafe && phase === 'execute' && sentAt !== null) {
    return outcomeUnknown('No answer was recorded before the deadline.');
  }
  if (!isSafe && phase === 'poll' && faults > 0) {
    return outcomeUnknown(`${title} was taken on, and the upstream could not be asked any more what became of it.`);
  }
  return failed('system', 'Timed out', 'The action did not finish in time.');
}
