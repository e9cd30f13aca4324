import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { Config } from '#libs/config';
import { Connections, ConnectionSettings, Disconnection } from '#libs/connections';
import { problem } from '#libs/errors';
import { optionalParameter, requiredParameter } from '../http/query.js';
import { AppAuthentications } from './app-authentications.js';
import { AppLookup } from './app-lookup.js';
import { AddressOf } from './authentication-address.js';
import {
  CreateAuthenticationDto,
  lenientUpdateBody,
  toAuthentication,
  toSettings,
  UpdateAuthenticationDto,
} from './authentication.dto.js';
import { CallerOf, type UserCaller } from './caller.js';
import { DataPipe } from './data-pipe.js';
import { withWarnings } from './list-warnings.js';
import { PagingOf, pageOf, type Paging } from './paging.js';
import { Requires } from './requires.js';

const updateBody = new DataPipe(UpdateAuthenticationDto);

@Controller('v2/authentications')
export class AuthenticationsController {
  constructor(
    private readonly config: Config,
    private readonly apps: AppLookup,
    private readonly connections: Connections,
    private readonly accounts: AppAuthentications,
    private readonly settings: ConnectionSettings,
    private readonly disconnection: Disconnection,
  ) {}

  /** The user's own; with `include_shared=true` those too that others share with them (protocol.md §7.10 has owned ones only). */
  @Get()
  @Requires('connection:read')
  async list(@CallerOf() caller: UserCaller, @PagingOf() paging: Paging, @Query() query: Record<string, unknown>) {
    const { tenantId, userId } = caller;
    const app = await this.apps.require(tenantId, requiredParameter(query, 'app'), { parameter: 'app' });
    const filter = { appId: app.id, ...paging, includeShared: includesShared(query) };
    const warnings = await this.accounts.bringUpToDate(caller, app);
    const { connections, count } = await this.connections.list(tenantId, userId, filter);
    const source = await this.apps.sourceOf(tenantId, app);
    const shown = connections.map((connection) => toAuthentication(connection, userId, source));
    return withWarnings(pageOf(shown, count, paging, this.config.publicUrl), warnings);
  }

  @Get(':id')
  @Requires('connection:read')
  async get(@CallerOf() caller: UserCaller, @Param('id') id: string) {
    return { data: await this.#shown(caller, id) };
  }

  /** For apps that take a key, a password or a token. Where the app can say whose it is, it was tried before this answers. */
  @Post()
  @HttpCode(201)
  @Requires('connection:write')
  async create(
    @CallerOf() caller: UserCaller,
    @AddressOf() address: string,
    @PagingOf() paging: Paging,
    @Body(new DataPipe(CreateAuthenticationDto)) dto: CreateAuthenticationDto,
  ) {
    const app = await this.apps.require(caller.tenantId, dto.app, { pointer: '/data/app' });
    const id = await this.accounts.create(caller, app, dto, address);
    return pageOf([await this.#shown(caller, id)], 1, { ...paging, offset: 0 }, this.config.publicUrl);
  }

  /** The owner only. */
  @Patch(':id')
  @Requires('connection:write')
  async update(
    @CallerOf() caller: UserCaller,
    @AddressOf() address: string,
    @Param('id') id: string,
    @Body() body: unknown,
  ) {
    const changes = toSettings(await updateBody.transform(lenientUpdateBody(body)));
    if (!(await this.settings.change(caller.tenantId, caller.userId, id, changes, address))) throw notFound();
    return { data: await this.#shown(caller, id) };
  }

  /** Disconnects; the owner only. `meta.revocation` says how telling the app went. */
  @Delete(':id')
  @Requires('connection:write')
  async remove(@CallerOf() { tenantId, userId }: UserCaller, @AddressOf() address: string, @Param('id') id: string) {
    const revocation = await this.disconnection.disconnect(tenantId, userId, id, address);
    if (revocation === null) throw notFound();
    return { data: { type: 'authentication', id, deleted: true }, meta: { revocation } };
  }

  async #shown({ tenantId, userId }: UserCaller, id: string) {
    const connection = await this.connections.findVisible(tenantId, userId, id);
    if (!connection) throw notFound();
    const app = await this.apps.find(tenantId, connection.appId);
    return toAuthentication(connection, userId, app && (await this.apps.sourceOf(tenantId, app)));
  }
}

function includesShared(query: Record<string, unknown>): boolean {
  const text = optionalParameter(query, 'include_shared');
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw problem('invalid', 'include_shared must be true or false.', { source: { parameter: 'include_shared' } });
}

function notFound(): Error {
  return problem('not_found', 'There is no authentication with this id. GET /v2/authentications?app=… lists them.');
}
