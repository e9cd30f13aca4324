import { IsBoolean, IsString, Length } from 'class-validator';
import type { AppCount, ListedRevocationJob, OutcomeCount } from '#libs/connections';
import { IsMoment } from '../http/moment.js';
import { Optional } from '../http/optional.js';

/** What is left out is not asked for: nothing at all means every connection of the tenant. */
export class CreateRevocationDto {
  /** Key or id. */
  @Optional()
  @IsString()
  @Length(1, 255)
  app?: string;

  @Optional()
  @IsString()
  @Length(1, 255)
  org?: string;

  @Optional()
  @IsString()
  @Length(1, 255)
  user?: string;

  /** Only what was connected before. */
  @Optional()
  @IsMoment()
  before?: string;

  /** Never guessed: what this does can not be undone. */
  @IsBoolean()
  dry_run!: boolean;
}

export function toPlan(counts: readonly AppCount[]) {
  return {
    dry_run: true,
    total: counts.reduce((sum, { count }) => sum + count, 0),
    apps: Object.fromEntries(counts.map(({ app, count }) => [app, count])),
  };
}

/** `revoking`: all are disconnected, and third parties are being told. */
function stateOf({ state }: ListedRevocationJob, outcomes: readonly OutcomeCount[]) {
  if (state === 'running') return 'disconnecting';
  return outcomes.some(({ outcome }) => outcome === 'pending') ? 'revoking' : 'finished';
}

/** As a row of the list: without what has to be counted. */
export function toListedRevocation(job: ListedRevocationJob) {
  const { id, app, org, subject: user, before, total, disconnected, actor } = job;
  return {
    id,
    app,
    org,
    user,
    before,
    total,
    disconnected,
    actor,
    created_at: job.createdAt,
    disconnected_at: job.finishedAt,
  };
}

export function toRevocation(job: ListedRevocationJob, outcomes: readonly OutcomeCount[]) {
  const none = { pending: 0, revoked: 0, failed: 0, unsupported: 0 };
  const revocations = { ...none };
  const apps: Record<string, typeof none> = {};
  for (const { app, outcome, count } of outcomes) {
    revocations[outcome] += count;
    (apps[app] ??= { ...none })[outcome] += count;
  }
  return { ...toListedRevocation(job), state: stateOf(job, outcomes), revocations, apps };
}
