import { Injectable } from '@nestjs/common';
import { UpstreamError, type UpstreamRequest } from '#libs/upstream';
import { CALL_SECONDS } from './run-calls.js';
import { RunCredentials, needsReconnect } from './run-credentials.js';
import { RunJobs } from './run-jobs.store.js';
import { failed, type RunOutcome } from './run-outcome.js';
import { UpstreamCallbackAddress } from './upstream-callback-address.js';
import { UpstreamLookups } from './upstream-lookups.js';
import type { UpstreamAccount, UpstreamWork } from './upstream-work.js';

export type BuiltRequest =
  { kind: 'ready'; userId: string; request: UpstreamRequest } | { kind: 'ended'; outcome: RunOutcome };

const OUTDATED_TIMES = 3;
const INPUTS_GONE = 'The key under which they were stored was destroyed.';

/** Requests that create a run at an upstream. */
@Injectable()
export class UpstreamRequests {
  constructor(
    private readonly jobs: RunJobs,
    private readonly credentials: RunCredentials,
    private readonly lookups: UpstreamLookups,
    private readonly callbacks: UpstreamCallbackAddress,
  ) {}

  /** Looks the action up. Nothing is done there by then. @throws UpstreamError */
  async build(work: UpstreamWork): Promise<BuiltRequest> {
    const { run, action, app } = work;
    const inputs = await this.jobs.inputs(work);
    if (inputs === null) return ended(failed('system', 'The inputs are gone', INPUTS_GONE));
    const account = await this.#account(work);
    if (account === null) return ended(needsReconnect(app.definition.title));
    const id = await this.lookups.find(work, account.userId);
    if (id === null) {
      const detail = `${app.definition.title} has no action ${action.key} of the type ${action.type} any more.`;
      return ended(failed('user', 'There is no such action', detail));
    }
    const callbackUrl = await this.callbacks.of(work);
    const { authentication } = account;
    return {
      kind: 'ready',
      userId: account.userId,
      request: {
        method: 'POST',
        path: '/v2/action-runs',
        body: { data: { action: id, authentication, inputs, ...(callbackUrl && { callback_url: callbackUrl }) } },
        // The run's own id: whoever sends it again sends the same key.
        headers: { 'idempotency-key': run.id },
        urgency: 'worker',
        keepsLine: true,
        timeoutSeconds: CALL_SECONDS,
      },
    };
  }

  /** It answered 404: it may have ended the action's id since it was looked up. @returns whether to look it up once more */
  isOutdated(work: UpstreamWork, userId: string, error: UpstreamError): boolean {
    if (error.status !== 404 || error.problems[0]?.pointer === '/data/authentication') return false;
    this.lookups.forget(work, userId);
    return work.job.faults < OUTDATED_TIMES;
  }

  /** A connection that is shared is used as its owner: nobody else has it there. */
  async #account(work: UpstreamWork): Promise<UpstreamAccount | null> {
    const answer = await this.credentials.of(work);
    if (answer.kind !== 'ready') return null;
    const { connection, credentials } = answer;
    if (connection === null) return { userId: work.run.userId, authentication: null };
    const held = credentials.reveal();
    return held.kind === 'upstream' ? { userId: connection.userId, authentication: held.id } : null;
  }
}

function ended(outcome: RunOutcome): BuiltRequest {
  return { kind: 'ended', outcome };
}
