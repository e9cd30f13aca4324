import { Injectable } from '@nestjs/common';
import { findOperation, type TenantAppView } from '#libs/catalog';
import { Clock, secondsAfter } from '#libs/scheduling';
import { RunApps } from './run-apps.js';
import { RunCredentials } from './run-credentials.js';
import type { RunJob } from './run-job.entity.js';
import { failed, outcomeUnknown, type RunOutcome } from './run-outcome.js';
import { RunTurns } from './run-turns.js';
import type { ClaimedRun } from './claimed-run.js';
import { isSafeAction, upstreamAction } from './upstream-work.js';
import { isSafe, mayRepeat, pollOf, type RunWork } from './run-work.js';

const WAIT_FOR_REFRESH_SECONDS = 1;

/** Whether a step can be taken. */
export type Prepared =
  | { kind: 'ready'; work: RunWork }
  /** Its app comes through an upstream, which carries it out. */
  | { kind: 'upstream'; app: TenantAppView }
  /** Not now. `slotAt`: a call is booked for then. */
  | { kind: 'later'; at: Date; slotAt: Date | null }
  | { kind: 'ended'; outcome: RunOutcome; isSafe: boolean };

/** Everything that a run needs before its app is called: the app itself, time, credentials and its turn. */
@Injectable()
export class RunPreparation {
  constructor(
    private readonly apps: RunApps,
    private readonly credentials: RunCredentials,
    private readonly turns: RunTurns,
    private readonly clock: Clock,
  ) {}

  async of(claimed: ClaimedRun): Promise<Prepared> {
    const { run, job } = claimed;
    const app = await this.apps.of(run);
    if (app?.definition.security.kind === 'upstream') return { kind: 'upstream', app };
    const operation = app ? findOperation(app.definition, run.actionKey) : undefined;
    const known = app && operation ? { app, operation, isSafe: isSafe(app, operation) } : null;
    const ended = (outcome: RunOutcome): Prepared => ({ kind: 'ended', outcome, isSafe: known?.isSafe ?? false });
    if (job.deadline <= this.clock.now()) return ended(overdue(job, known?.isSafe ?? false));
    // Before anything else could end or postpone it: a request that may have arrived is not sent again, unless that does no harm.
    if (isSent(job) && !(known && mayRepeat(known.app, known.operation))) {
      return ended(outcomeUnknown('The worker that sent the request died before the answer.'));
    }
    if (!known && isTakenThere(claimed))
      return ended(outcomeUnknown('It was taken on, and its upstream is no longer used.'));
    if (!known) return ended(failed('system', 'The action is gone', 'The app or the action is no longer offered.'));
    const answer = await this.credentials.of(claimed);
    if (answer.kind === 'ended') return ended(answer.outcome);
    if (answer.kind === 'wait') return this.#later(WAIT_FOR_REFRESH_SECONDS);
    return this.#inTurn({ ...claimed, ...known, ...answer, poll: pollOf(known.operation) }, ended);
  }

  async #inTurn(work: RunWork, ended: (outcome: RunOutcome) => Prepared): Promise<Prepared> {
    const turn = await this.turns.next(work);
    if (!turn) return { kind: 'ready', work };
    const { title } = work.app.definition;
    const { phase, deadline } = work.job;
    if (turn.at < deadline) return { kind: 'later', at: turn.at, slotAt: turn.isBooked ? turn.at : null };
    // The app has taken it: told to wait, the caller would ask for it once more.
    if (phase === 'poll') return { kind: 'later', at: deadline, slotAt: null };
    const delay = Math.ceil((turn.at.getTime() - this.clock.now().getTime()) / 1000);
    const detail = `So many calls to ${title} are waiting that this one would come too late.`;
    return ended(failed('throttled', `${title} is called as often as it allows`, detail, delay));
  }

  #later(seconds: number): Prepared {
    return { kind: 'later', at: secondsAfter(this.clock.now(), seconds), slotAt: null };
  }
}

function isSent({ phase, sentAt }: RunJob): boolean {
  return phase === 'execute' && sentAt !== null;
}

/** By an upstream, and it may have an effect there. */
function isTakenThere({ run, job }: ClaimedRun): boolean {
  return run.source !== 'local' && job.phase === 'poll' && !isSafeAction(upstreamAction(run.actionKey));
}

function overdue(job: RunJob, isHarmless: boolean): RunOutcome {
  if (isSent(job) && !isHarmless) return outcomeUnknown('No answer was recorded before the deadline.');
  return failed('system', 'Timed out', 'The action did not finish in time.');
}
