import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { TenantCatalog } from '#libs/catalog';
import { Config } from '#libs/config';
import { problem } from '#libs/errors';
import type { IdempotentRequest } from '#libs/idempotency';
import { RunCancellation, Runs, RunWatch, toWireRun, toWireSummary, type RunView } from '#libs/runs';
import { ActionRunRequests } from './action-run-requests.js';
import { toRunFilter } from './action-run.dto.js';
import { CallerOf, type UserCaller } from './caller.js';
import { IdempotentRequestOf } from './idempotency-key.js';
import { KeepsOwnKey } from './keeps-own-key.js';
import { PagingOf, pageOf, type Paging } from './paging.js';
import { Requires } from './requires.js';
import { openFor, sendRunEvents } from './run-events.js';
import { waitSeconds } from './wait-seconds.js';

@Controller('v2/action-runs')
export class ActionRunsController {
  constructor(
    private readonly config: Config,
    private readonly catalog: TenantCatalog,
    private readonly requests: ActionRunRequests,
    private readonly runs: Runs,
    private readonly watch: RunWatch,
    private readonly cancellation: RunCancellation,
  ) {}

  /** Stores the run and answers at once: the worker executes it. A connection that has expired makes the run fail, not this call (C34). */
  @Post()
  @HttpCode(200)
  @Requires('action:run')
  @KeepsOwnKey()
  async create(
    @CallerOf() caller: UserCaller,
    @Body() body: unknown,
    @IdempotentRequestOf() request: IdempotentRequest | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { id, isRepeated } = await this.requests.create(caller, body, request);
    // Also where it is new: whoever is told so knows that a request that was lost may be sent again.
    if (request) reply.header('idempotency-replayed', String(isRepeated));
    return { data: { type: 'run', id } };
  }

  /** The user's own, newest first, without results: those are read one by one. */
  @Get()
  @Requires('action:run')
  async list(
    @CallerOf() { tenantId, userId }: UserCaller,
    @PagingOf() paging: Paging,
    @Query() query: Record<string, unknown>,
  ) {
    const filter = await toRunFilter(query, async (app) => (await this.catalog.find(tenantId, app))?.id ?? null);
    const { runs, count } = filter ? await this.runs.list(tenantId, userId, filter, paging) : { runs: [], count: 0 };
    return pageOf(runs.map(toWireSummary), count, paging, this.config.publicUrl);
  }

  /** With `wait`, answers as soon as the run ends, or with how it stands after so many seconds. */
  @Get(':id')
  @Requires('action:run')
  async get(
    @CallerOf() caller: UserCaller,
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const seconds = waitSeconds(query);
    if (seconds === 0) return shown(await this.#find(caller, id));
    using subscription = this.watch.subscribe(caller, id);
    using open = openFor(reply);
    const signal = AbortSignal.any([open.signal, AbortSignal.timeout(seconds * 1000)]);
    let view = this.watch.underWay(caller, id) ?? (await this.#find(caller, id));
    while (!view.run.finishedAt && (await subscription.change(view.run.state, signal)))
      view = subscription.ended ?? (await this.#find(caller, id));
    if (open.signal.aborted)
      throw problem('authentication_failed', 'The token ended while you waited. Exchange a JWT for a new one.');
    return shown(view.run.finishedAt ? view : await this.#find(caller, id));
  }

  @Get(':id/events')
  @Requires('action:run')
  async events(@CallerOf() caller: UserCaller, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    using subscription = this.watch.subscribe(caller, id);
    const view = await this.#find(caller, id);
    await sendRunEvents(reply, subscription, view, () => this.runs.find(caller.tenantId, caller.userId, id));
  }

  /** Where the request was sent before, the third party may carry it out all the same: `upstream_may_continue`. */
  @Post(':id/cancel')
  @HttpCode(200)
  @Requires('action:run')
  async cancel(@CallerOf() { tenantId, userId }: UserCaller, @Param('id') id: string) {
    const view = await this.cancellation.cancel(tenantId, userId, id);
    if (!view) throw missing();
    return shown(view);
  }

  async #find({ tenantId, userId }: UserCaller, id: string): Promise<RunView> {
    const view = await this.runs.find(tenantId, userId, id);
    if (!view) throw missing();
    return view;
  }
}

function shown({ run, outcome }: RunView) {
  return { data: toWireRun(run, outcome) };
}

function missing() {
  return problem(
    'not_found',
    'There is no run with this id. GET /v2/action-runs lists them. Runs are kept for a while only: 7 days, unless the tenant chose otherwise.',
  );
}
