import { Injectable } from '@nestjs/common';
import type { TenantAppView } from '#libs/catalog';
import type { ChoicePage } from '#libs/connections';
import { UpstreamActions, upstreamActionId, type UpstreamActionUse } from '#libs/upstream';
import { ActionConnections } from './action-connections.js';
import type { ChoicesQuery } from './action-choices.js';
import { findRemoteAction } from './action-id.js';
import type { ActionInputsDto } from './action-inputs.dto.js';
import type { ActionSource, ListedAction } from './action-source.js';
import { AppLookup } from './app-lookup.js';
import type { Caller, UserCaller } from './caller.js';

/** Actions of apps that come through an upstream: it is asked, with the connection that it knows. */
@Injectable()
export class RemoteActions implements ActionSource {
  constructor(
    private readonly apps: AppLookup,
    private readonly connections: ActionConnections,
    private readonly actions: UpstreamActions,
  ) {}

  async list({ tenantId, userId }: Caller, app: TenantAppView): Promise<ListedAction[]> {
    const actions = await this.actions.list(tenantId, userId, app);
    return actions.map((action) => ({
      ...action,
      id: upstreamActionId({ appId: app.id, type: action.type, key: action.key }),
    }));
  }

  async inputs(caller: UserCaller, id: string, dto: ActionInputsDto): Promise<object[]> {
    return this.actions.inputs(await this.#use(caller, id, dto));
  }

  async choices(
    caller: UserCaller,
    id: string,
    input: string,
    dto: ActionInputsDto,
    { page, search }: ChoicesQuery,
  ): Promise<ChoicePage> {
    return this.actions.choices(await this.#use(caller, id, dto), input, page, search);
  }

  async outputs(caller: UserCaller, id: string, dto: ActionInputsDto, live: boolean): Promise<object[]> {
    return this.actions.outputs(await this.#use(caller, id, dto), live);
  }

  async test(caller: UserCaller, id: string, dto: ActionInputsDto, range: { limit: number; offset: number }) {
    return this.actions.test(await this.#use(caller, id, dto), range);
  }

  /** Whether it needs a connection, the upstream knows. */
  async #use(caller: UserCaller, id: string, { authentication, inputs }: ActionInputsDto): Promise<UpstreamActionUse> {
    const { tenantId, userId } = caller;
    const { app, type, key } = await findRemoteAction(this.apps, tenantId, id);
    const connection = authentication ? await this.connections.find(caller, app, authentication) : null;
    return { tenantId, userId, app, type, key, connection, inputs: inputs ?? {} };
  }
}
