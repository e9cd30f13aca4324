import { Injectable } from '@nestjs/common';
import {
  InputError,
  TenantCatalog,
  findOperation,
  type AppRequest,
  type OperationDefinition,
  type TenantAppView,
} from '#libs/catalog';
import { AppCalls, type Connection, type Credentials } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { EgressError, type EgressResponse } from '#libs/egress';
import { Clock, retryUntil } from '#libs/scheduling';
import { classify, classifyFailure, type Verdict } from './classify.js';
import { nextPollSeconds } from './poll-schedule.js';
import { RunCredentials, needsReconnect } from './run-credentials.js';
import type { RunJob } from './run-job.entity.js';
import { RunJobs, type JobClaim } from './run-jobs.store.js';
import { failed, outcomeUnknown, type RunOutcome } from './run-outcome.js';
import type { Run } from './run.entity.js';

const WAIT_FOR_REFRESH_SECONDS = 1;

interface Work {
  claim: JobClaim;
  run: Run;
  job: RunJob;
  app: TenantAppView;
  operation: OperationDefinition;
  credentials: Secret<Credentials>;
  connection: Connection | null;
}

/** Takes a claimed job one step on: send the action's request, or look at what became of it. */
@Injectable()
export class RunExecutor {
  constructor(
    private readonly jobs: RunJobs,
    private readonly catalog: TenantCatalog,
    private readonly credentials: RunCredentials,
    private readonly calls: AppCalls,
    private readonly clock: Clock,
  ) {}

  async step(claim: JobClaim): Promise<void> {
    const found = await this.jobs.find(claim);
    if (!found) return;
    const { run, job } = found;
    if (job.deadline <= this.clock.now()) return this.#finish(claim, overdue(job));
    const app = await this.catalog.find(claim.tenantId, run.appId);
    const operation = app && findOperation(app.definition, run.actionKey);
    // Before anything else could end or postpone it: a request that may have arrived is never sent again.
    if (job.phase === 'execute' && job.sentAt && !(operation && isSafe(operation))) {
      return this.#finish(claim, outcomeUnknown('The worker that sent the request died before the answer.'));
    }
    if (!operation) {
      return this.#finish(claim, failed('system', 'The action is gone', 'The app or the action is no longer offered.'));
    }
    const answer = await this.credentials.of(claim.tenantId, run, job);
    if (answer.kind === 'ended') return this.#finish(claim, answer.outcome);
    if (answer.kind === 'wait') return this.jobs.postpone(claim, WAIT_FOR_REFRESH_SECONDS, job);
    const work = { claim, run, job, app, operation, ...answer };
    return job.phase === 'execute' ? this.#execute(work) : this.#poll(work);
  }

  async #execute(work: Work): Promise<void> {
    const { claim, app, operation, credentials } = work;
    const request = await this.#request(work);
    if (request === null || !(await this.jobs.markSent(claim))) return;
    let response: EgressResponse;
    try {
      response = await this.calls.send(app, request, credentials);
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      return this.#finish(claim, classifyFailure(error, isSafe(operation), app.definition.title));
    }
    await this.#conclude(
      work,
      classify(response, isSafe(operation), app.definition.title, this.clock.now()),
      request.url,
    );
  }

  /** The request, built before anything is marked as sent. The inputs were checked at creation; the app's document may have changed. */
  async #request({ claim, app, operation }: Work): Promise<AppRequest | null> {
    try {
      return this.calls.build(app, operation, await this.jobs.inputs(claim.tenantId, claim.id));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      await this.#finish(claim, failed('user', 'The inputs no longer fit the action', error.message));
      return null;
    }
  }

  async #poll(work: Work): Promise<void> {
    const { claim, job, app, credentials } = work;
    const url = await this.jobs.pollUrl(claim.tenantId, claim.id);
    if (url === null) throw new Error('A polling job has no URL to poll.');
    const response = await this.#look(app, url, credentials);
    // Reading again does no harm: until the deadline, a server that is away is waited for.
    if (!response) return this.jobs.pollLater(claim, new Secret(url), nextPollSeconds(job.polls, null));
    await this.#conclude(work, classify(response, true, app.definition.title, this.clock.now()), url);
  }

  async #look(app: TenantAppView, url: string, credentials: Secret<Credentials>): Promise<EgressResponse | null> {
    try {
      const request = { method: 'GET' as const, url, headers: { accept: 'application/json' } };
      const response = await this.calls.send(app, request, credentials);
      return response.status >= 500 ? null : response;
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      return null;
    }
  }

  async #conclude(work: Work, verdict: Verdict, requestUrl: string): Promise<void> {
    if (verdict.kind === 'ended') return this.#finish(work.claim, verdict.outcome);
    return verdict.kind === 'unauthorized' ? this.#unauthorized(work) : this.#accepted(work, verdict, requestUrl);
  }

  async #accepted(
    { claim, job, app, operation }: Work,
    { location, retryAfterSeconds }: Extract<Verdict, { kind: 'accepted' }>,
    requestUrl: string,
  ): Promise<void> {
    // RFC 9110 §10.2.2: relative to the request's own URL. A poll that names no other place is asked again at its own.
    const url = URL.canParse(location ?? '', requestUrl) ? new URL(location ?? '', requestUrl) : null;
    const isFollowed = location !== null || job.phase === 'poll';
    if (url && isFollowed && url.origin === new URL(requestUrl).origin) {
      return this.jobs.pollLater(claim, new Secret(url.href), nextPollSeconds(job.polls, retryAfterSeconds));
    }
    // The token goes with every look, so it goes to no other server.
    const detail = `${app.definition.title} took the request but named no place on its own server where its result will be.`;
    const isDone = job.phase === 'execute' && !isSafe(operation);
    return this.#finish(
      claim,
      isDone ? outcomeUnknown(detail) : failed('partner', 'The result can not be followed', detail),
    );
  }

  /** A 401 means that nothing was done: once, the token is renewed and the same step taken again. */
  async #unauthorized({ claim, job, app, credentials, connection }: Work): Promise<void> {
    if (job.unauthorized > 0 || !(await this.credentials.renew(connection, credentials))) {
      return this.#finish(claim, needsReconnect(app.definition.title));
    }
    return this.jobs.postpone(claim, WAIT_FOR_REFRESH_SECONDS, { unauthorized: job.unauthorized + 1 });
  }

  /** An answer can't be had again: storing it is retried for as long as the lease lasts. */
  #finish(claim: JobClaim, outcome: RunOutcome): Promise<void> {
    return retryUntil(claim.leaseEnd, () => this.jobs.finish(claim, outcome));
  }
}

/** RFC 9110 §9.2.1: safe methods have no effect that could happen twice. */
function isSafe({ method }: OperationDefinition): boolean {
  return method === 'GET';
}

function overdue({ phase, sentAt }: RunJob): RunOutcome {
  if (phase === 'execute' && sentAt) return outcomeUnknown('No answer was recorded before the deadline.');
  return failed('system', 'Timed out', 'The action did not finish in time.');
}
