import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { TenantCatalog, inputFields, toWireInputField, type InputField, type TenantAppView } from '#libs/catalog';
import { Config } from '#libs/config';
import { LiveChoices, type ChoicePage } from '#libs/connections';
import { problem } from '#libs/errors';
import { ActionConnections } from './action-connections.js';
import { readChoicesQuery, staticPage, toChoicePage, type ChoicesQuery } from './action-choices.js';
import { actionId, findAction } from './action-id.js';
import { ActionInputsDto } from './action-inputs.dto.js';
import { CallerOf, type Caller, type UserCaller } from './caller.js';
import { DataPipe } from './data-pipe.js';
import { PagingOf, pageOf, type Paging } from './paging.js';
import { requiredParameter } from '../http/query.js';
import { Requires } from './requires.js';

@Controller('v2/actions')
export class ActionsController {
  constructor(
    private readonly config: Config,
    private readonly catalog: TenantCatalog,
    private readonly connections: ActionConnections,
    private readonly choices: LiveChoices,
  ) {}

  @Get()
  @Requires('zap', { clientId: true })
  async list(@CallerOf() { tenantId }: Caller, @PagingOf() paging: Paging, @Query() query: Record<string, unknown>) {
    const app = await this.catalog.find(tenantId, requiredParameter(query, 'app'));
    if (!app) throw problem('not_found', 'There is no app with this id.', { source: { parameter: 'app' } });
    const actions = app.definition.actions.filter(
      ({ type }) => query.action_type === undefined || query.action_type === type,
    );
    const shown = actions.slice(paging.offset, paging.offset + paging.limit).map((action) => ({
      id: actionId(app, action),
      key: action.key,
      type: 'action',
      app: app.id,
      action_type: action.type,
      is_instant: false,
      title: action.title,
      description: action.description,
    }));
    return pageOf(shown, actions.length, paging, this.config.publicUrl);
  }

  @Post(':id/inputs')
  @HttpCode(200)
  @Requires('zap:write')
  async inputs(
    @CallerOf() caller: UserCaller,
    @Param('id') id: string,
    @Body(new DataPipe(ActionInputsDto)) dto: ActionInputsDto,
  ) {
    const { app, operation } = await findAction(this.catalog, caller.tenantId, id);
    if (dto.authentication) await this.connections.find(caller, app, dto.authentication);
    const fields = inputFields(operation).map(toWireInputField);
    return { data: fields, links: { next: null, prev: null }, meta: { count: fields.length, limit: null, offset: 0 } };
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
    const { app, operation } = await findAction(this.catalog, caller.tenantId, id);
    const field = inputFields(operation).find((candidate) => candidate.id === input);
    if (!field) throw problem('not_found', `The action has no input "${input.slice(0, 64)}".`);
    const wanted = readChoicesQuery(query);
    const found =
      field.choices?.kind === 'live'
        ? await this.#liveChoices(caller, app, field, dto, wanted)
        : staticPage(field, wanted);
    return toChoicePage(found, wanted, { url, publicUrl: this.config.publicUrl });
  }

  /** None before what they depend on is filled in: then nobody is asked (protocol.md §7.6). */
  async #liveChoices(
    caller: UserCaller,
    app: TenantAppView,
    { choices, dependsOn }: InputField,
    { authentication, inputs }: ActionInputsDto,
    wanted: ChoicesQuery,
  ): Promise<ChoicePage> {
    const use = await this.connections.use(caller, app, authentication);
    const filled = inputs ?? {};
    const isFilled = (id: string) => Object.hasOwn(filled, id) && filled[id] !== null && filled[id] !== '';
    if (choices?.kind !== 'live' || !dependsOn.every(isFilled)) return { choices: [], hasMore: false };
    return this.choices.page(use, { choices, inputs: filled, ...wanted });
  }
}
