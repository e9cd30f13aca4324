import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { TenantAppView } from '#libs/catalog';
import { Config } from '#libs/config';
import { Problem } from '#libs/errors';
import { optionalParameter, requiredParameter } from '../http/query.js';
import { readChoicesQuery, toChoicePage } from './action-choices.js';
import { ActionInputsDto, ActionOutputsDto, ActionTestDto } from './action-inputs.dto.js';
import { ActionSources } from './action-sources.js';
import { AppLookup } from './app-lookup.js';
import { CallerOf, type Caller, type UserCaller } from './caller.js';
import { DataPipe } from './data-pipe.js';
import { withWarnings } from './list-warnings.js';
import { PagingOf, pageOf, type Paging } from './paging.js';
import { Requires } from './requires.js';

const DEFAULT_TEST_LIMIT = 10;

/** What apps can do, and what that takes and gives. */
@Controller('v2/actions')
export class ActionsController {
  constructor(
    private readonly config: Config,
    private readonly apps: AppLookup,
    private readonly sources: ActionSources,
  ) {}

  @Get()
  @Requires('zap', { clientId: true })
  async list(@CallerOf() caller: Caller, @PagingOf() paging: Paging, @Query() query: Record<string, unknown>) {
    const app = await this.apps.require(caller.tenantId, requiredParameter(query, 'app'), { parameter: 'app' });
    const wanted = optionalParameter(query, 'action_type');
    const source = await this.apps.sourceOf(caller.tenantId, app);
    const { listed, warnings } = await this.#listed(caller, app, source);
    const actions = listed.filter(({ type }) => wanted === undefined || wanted === type);
    const shown = actions.slice(paging.offset, paging.offset + paging.limit).map((action) => ({
      id: action.id,
      key: action.key,
      type: 'action',
      app: app.id,
      action_type: action.type,
      is_instant: action.isInstant,
      title: action.title,
      description: action.description,
      source,
    }));
    return withWarnings(pageOf(shown, actions.length, paging, this.config.publicUrl), warnings);
  }

  @Post(':id/inputs')
  @HttpCode(200)
  @Requires('zap:write')
  async inputs(
    @CallerOf() caller: UserCaller,
    @Param('id') id: string,
    @Body(new DataPipe(ActionInputsDto)) dto: ActionInputsDto,
  ) {
    return wholeOf(await this.sources.ofAction(id).inputs(caller, id, dto));
  }

  @Post(':id/inputs/:input/choices')
  @HttpCode(200)
  @Requires('zap')
  async inputChoices(
    @CallerOf() caller: UserCaller,
    @Param('id') id: string,
    @Param('input') input: string,
    @Query() query: Record<string, unknown>,
    @Req() { url }: FastifyRequest,
    @Body(new DataPipe(ActionInputsDto)) dto: ActionInputsDto,
  ) {
    const wanted = readChoicesQuery(query);
    const found = await this.sources.ofAction(id).choices(caller, id, input, dto, wanted);
    return toChoicePage(found, wanted, { url, publicUrl: this.config.publicUrl });
  }

  @Post(':id/outputs')
  @HttpCode(200)
  @Requires('zap:write')
  async outputs(
    @CallerOf() caller: UserCaller,
    @Param('id') id: string,
    @Body(new DataPipe(ActionOutputsDto)) dto: ActionOutputsDto,
  ) {
    return wholeOf(await this.sources.ofAction(id).outputs(caller, id, dto, dto.fetch_live_samples ?? false));
  }

  @Post(':id/test')
  @HttpCode(200)
  @Requires('zap:write')
  async test(
    @CallerOf() caller: UserCaller,
    @Param('id') id: string,
    @Body(new DataPipe(ActionTestDto)) dto: ActionTestDto,
  ) {
    const range = { limit: dto.limit ?? DEFAULT_TEST_LIMIT, offset: dto.offset ?? 0 };
    const { results, count } = await this.sources.ofAction(id).test(caller, id, dto, range);
    return { data: results, links: { next: null, prev: null }, meta: { count, ...range } };
  }

  /** An upstream that does not answer now leaves its list empty, and says so. */
  async #listed(caller: Caller, app: TenantAppView, source: string) {
    try {
      return { listed: await this.sources.ofApp(app).list(caller, app), warnings: [] };
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'third_party_failed') throw error;
      return { listed: [], warnings: [{ source, code: 'failing' as const, detail: error.message }] };
    }
  }
}

/** A list that has no pages. */
function wholeOf(data: object[]) {
  return { data, links: { next: null, prev: null }, meta: { count: data.length, limit: null, offset: 0 } };
}
