import { Injectable } from '@nestjs/common';
import { TenantCatalog, findOperation, type OperationDefinition, type TenantAppView } from '#libs/catalog';
import { AppCalls, Connections, isUsable, type Connection, type Credentials } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { EgressError, type EgressResponse } from '#libs/egress';
import { Clock, secondsAfter } from '#libs/scheduling';
import { classify, classifyFailure } from './classify.js';
import { nextPollSeconds } from './poll-schedule.js';
import type { RunJob } from './run-job.entity.js';
import { failed, outcomeUnknown } from './run-outcome.js';
import type { Run } from './run.entity.js';
import { Runs, type JobClaim } from './runs.store.js';

/** A token that ends sooner than this is not sent: it could end on the way. */
const MIN_TOKEN_LIFE_SECONDS = 10;
const WAIT_FOR_REFRESH_SECONDS = 1;

interface Work {
  claim: JobClaim;
  run: Run;
  job: RunJob;
  app: TenantAppView;
  operation: OperationDefinition;
  credentials: Secret<Credentials>;
}

/** Takes a claimed job one step on: send the action's request, or look at what became of it. */
@Injectable()
export class RunExecutor {
  constructor(
    private readonly runs: Runs,
    private readonly catalog: TenantCatalog,
    private readonly connections: Connections,
    private readonly calls: AppCalls,
    private readonly clock: Clock,
  ) {}

  async step(claim: JobClaim): Promise<void> {
    const found = await this.runs.job(claim);
    if (!found) return;
    const { run, job } = found;
    if (job.deadline <= this.clock.now()) {
      await this.runs.finish(claim, overdue(job));
      return;
    }
    const app = await this.catalog.find(claim.tenantId, run.appId);
    const operation = app && findOperation(app.definition, run.actionKey);
    if (!operation) {
      await this.runs.finish(
        claim,
        failed('system', 'The action is gone', 'The app or the action is no longer offered.'),
      );
      return;
    }
    const credentials = await this.#credentials(claim, run, job);
    if (!credentials) return;
    const work = { claim, run, job, app, operation, credentials };
    await (job.phase === 'execute' ? this.#execute(work) : this.#poll(work));
  }

  async #execute(work: Work): Promise<void> {
    const { claim, job, app, operation, credentials } = work;
    if (job.sentAt && !isSafe(operation)) {
      await this.runs.finish(
        claim,
        outcomeUnknown(`The worker that sent the request to ${app.definition.title} died before the answer.`),
      );
      return;
    }
    const inputs = await this.runs.inputs(claim.tenantId, claim.id);
    if (!(await this.runs.markSent(claim))) return;
    try {
      const base = app.serverUrl ?? operation.serverUrl;
      await this.#conclude(work, await this.calls.call({ app, operation, inputs, credentials }), base);
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      await this.runs.finish(claim, classifyFailure(error, isSafe(operation), app.definition.title));
    }
  }

  async #poll(work: Work): Promise<void> {
    const { claim, job, app, credentials } = work;
    const url = await this.runs.pollUrl(claim.tenantId, claim.id);
    if (url === null) throw new Error('A polling job has no URL to poll.');
    try {
      await this.#conclude(work, await this.calls.read(app, url, credentials), url);
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      // Reading again does no harm: until the deadline, a server that is away is waited for.
      await this.runs.pollLater(claim, new Secret(url), nextPollSeconds(job.polls, null));
    }
  }

  async #conclude(work: Work, response: EgressResponse, requestUrl: string): Promise<void> {
    const { claim, job, app } = work;
    if (job.phase === 'poll' && response.status >= 500) {
      await this.runs.pollLater(claim, new Secret(requestUrl), nextPollSeconds(job.polls, null));
      return;
    }
    const verdict = classify(response, app.definition.title, this.clock.now());
    if (verdict.kind === 'ended') await this.runs.finish(claim, verdict.outcome);
    else if (verdict.kind === 'unauthorized') await this.#unauthorized(work);
    else await this.#accepted(work, verdict, requestUrl);
  }

  async #accepted(
    { claim, job, app }: Work,
    { location, retryAfterSeconds }: { location: string | null; retryAfterSeconds: number | null },
    requestUrl: string,
  ): Promise<void> {
    const url = location === null ? (job.phase === 'poll' ? requestUrl : null) : locationOf(location, requestUrl);
    if (url === null || new URL(url).origin !== new URL(requestUrl).origin) {
      // The token goes with every look, so it goes to no other server.
      const detail = `${app.definition.title} took the request but named no place on its own server where its result will be.`;
      await this.runs.finish(claim, failed('partner', 'The result can not be followed', detail));
      return;
    }
    await this.runs.pollLater(claim, new Secret(url), nextPollSeconds(job.polls, retryAfterSeconds));
  }

  /** A 401 means that nothing was done: once, the token is refreshed and the same step taken again. */
  async #unauthorized({ claim, run, job, app }: Work): Promise<void> {
    if (job.unauthorized > 0 || run.connectionId === null) {
      await this.runs.finish(claim, needsReconnect(app.definition.title));
      return;
    }
    await this.connections.refreshNow(claim.tenantId, run.connectionId);
    await this.runs.postpone(claim, WAIT_FOR_REFRESH_SECONDS, { unauthorized: job.unauthorized + 1 });
  }

  /** The run's credentials; null when the run has ended here, or waits for the refresh loop to renew them. */
  async #credentials(claim: JobClaim, run: Run, job: RunJob): Promise<Secret<Credentials> | null> {
    if (run.connectionId === null) return new Secret<Credentials>({ kind: 'none' });
    const connection = await this.connections.byId(claim.tenantId, run.connectionId);
    const held =
      connection && isUsable(connection.status)
        ? await this.connections.credentials(claim.tenantId, connection.id)
        : null;
    if (!connection || !held) {
      await this.runs.finish(claim, needsReconnect(connection?.title ?? 'The app'));
      return null;
    }
    if (this.#isEnding(connection) && canRefresh(held.value)) {
      if (connection.status === 'degraded') {
        // Its next refresh waits for the third party to recover; asking sooner, run by run, would hammer it.
        await this.runs.finish(
          claim,
          failed('partner', 'The connection could not be renewed', connection.statusReason ?? 'Try again later.'),
        );
        return null;
      }
      await this.connections.refreshNow(claim.tenantId, connection.id);
      await this.runs.postpone(claim, WAIT_FOR_REFRESH_SECONDS, { unauthorized: job.unauthorized });
      return null;
    }
    return held.value;
  }

  #isEnding({ expiresAt }: Connection): boolean {
    return expiresAt !== null && expiresAt < secondsAfter(this.clock.now(), MIN_TOKEN_LIFE_SECONDS);
  }
}

/** RFC 9110 §9.2.1: safe methods have no effect that could happen twice. */
function isSafe({ method }: OperationDefinition): boolean {
  return method === 'GET';
}

function canRefresh(credentials: Secret<Credentials>): boolean {
  const value = credentials.reveal();
  return value.kind === 'oauth2' && value.refreshToken !== null;
}

function locationOf(location: string, requestUrl: string): string | null {
  return URL.canParse(location, requestUrl) ? new URL(location, requestUrl).href : null;
}

function needsReconnect(title: string) {
  return failed('authentication', 'The connection is not usable', `${title} must be connected again.`);
}

function overdue({ phase, sentAt }: RunJob) {
  if (phase === 'execute' && sentAt) return outcomeUnknown('No answer was recorded before the deadline.');
  return failed('system', 'Timed out', 'The action did not finish in time.');
}
