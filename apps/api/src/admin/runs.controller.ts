import { Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { isStorable } from '#libs/database';
import { problem } from '#libs/errors';
import { isRunState, RunCancellation, RunDirectory, type ListedRun, type RunState } from '#libs/runs';
import { Tenants } from '#libs/tenants';
import { optionalParameter } from '../http/query.js';
import { AdminActor } from './actor.js';
import { AdminGuard } from './admin.guard.js';
import { cursorPage, toCursorPaging } from './cursor-page.js';

/** How the tenant's runs went. Their inputs and results are their users'. */
@Controller('admin/tenants/:slug/runs')
@UseGuards(AdminGuard)
export class RunsController {
  constructor(
    private readonly tenants: Tenants,
    private readonly directory: RunDirectory,
    private readonly cancellation: RunCancellation,
    private readonly audit: Audit,
  ) {}

  @Get()
  async list(@Param('slug') slug: string, @Query() query: Record<string, unknown>) {
    const { limit, before } = toCursorPaging(query, ['app', 'org', 'user', 'state']);
    const [app, org, user] = ['app', 'org', 'user'].map((parameter) => nameOf(query, parameter));
    const state = stateOf(optionalParameter(query, 'state'));
    const { id } = await this.tenants.bySlug(slug);
    const runs = await this.directory.list(id, { app, org, user, state, before, limit: limit + 1 });
    const { shown, nextCursor } = cursorPage(runs, limit);
    return { runs: shown.map(toListedRun), next_cursor: nextCursor };
  }

  /** One that has ended stays as it is. What was sent before, the third party may carry out all the same. */
  @Post(':id/cancel')
  @HttpCode(200)
  async cancel(@Param('slug') slug: string, @Param('id') id: string, @AdminActor() actor: Actor) {
    const { id: tenantId } = await this.tenants.bySlug(slug);
    const run = await this.directory.find(tenantId, id);
    const view =
      run &&
      (await this.cancellation.cancel(tenantId, run.userId, run.id, (tx) =>
        this.audit.record(tx, tenantId, { actor, action: 'run.cancelled', subject: run.id }),
      ));
    if (!view) throw problem('not_found', 'There is no run with this id. GET …/runs lists them.');
    return toListedRun(Object.assign(run, view.run));
  }
}

function nameOf(query: Record<string, unknown>, parameter: string): string | undefined {
  const name = optionalParameter(query, parameter);
  if (name === undefined || isStorable(name)) return name;
  throw problem('invalid', `${parameter} holds a character that no name can hold.`, { source: { parameter } });
}

function stateOf(text: string | undefined): RunState | undefined {
  if (text === undefined || isRunState(text)) return text;
  throw problem(
    'invalid',
    'state must be one of queued, running, polling, succeeded, failed, cancelled, outcome_unknown.',
    {
      source: { parameter: 'state' },
    },
  );
}

function toListedRun(run: ListedRun) {
  return {
    id: run.id,
    app: run.appKey,
    app_version: run.appVersion,
    action: run.actionKey,
    authentication: run.connectionId,
    org: run.org,
    user: run.user,
    state: run.state,
    created_at: run.createdAt,
    started_at: run.startedAt,
    finished_at: run.finishedAt,
    expires_at: run.expiresAt,
  };
}
