import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
import { Config } from '#libs/config';
import { ConnectionRegistration, Connections, ConnectionSettings, Disconnection } from '#libs/connections';
import type { TenantId } from '#libs/database';
import { problem, type ProblemSource } from '#libs/errors';
import { optionalParameter, requiredParameter } from '../http/query.js';
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
import { PagingOf, pageOf, type Paging } from './paging.js';
import { Requires } from './requires.js';

const updateBody = new DataPipe(UpdateAuthenticationDto);

@Controller('v2/authentications')
export class AuthenticationsController {
  constructor(
    private readonly config: Config,
    private readonly catalog: TenantCatalog,
    private readonly connections: Connections,
    private readonly registration: ConnectionRegistration,
    private readonly settings: ConnectionSettings,
    private readonly disconnection: Disconnection,
  ) {}

  /** The user's own; with `include_shared=true` those too that others share with them (protocol.md §7.10 has owned ones only). */
  @Get()
  @Requires('connection:read')
  async list(
    @CallerOf() { tenantId, userId }: UserCaller,
    @PagingOf() paging: Paging,
    @Query() query: Record<string, unknown>,
  ) {
    const app = await this.#app(tenantId, requiredParameter(query, 'app'), { parameter: 'app' });
    const filter = { appId: app.id, ...paging, includeShared: includesShared(query) };
    const { connections, count } = await this.connections.list(tenantId, userId, filter);
    const shown = connections.map((connection) => toAuthentication(connection, userId));
    return pageOf(shown, count, paging, this.config.publicUrl);
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
    const app = await this.#app(caller.tenantId, dto.app, { pointer: '/data/app' });
    const given = { app, title: dto.title, fields: dto.authentication_fields };
    const id = await this.registration.register(caller.tenantId, caller.userId, given, address);
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
    return toAuthentication(connection, userId);
  }

  async #app(tenantId: TenantId, keyOrId: string, source: ProblemSource): Promise<TenantAppView> {
    const app = await this.catalog.find(tenantId, keyOrId);
    if (!app) throw problem('not_found', 'There is no app with this id.', { source });
    return app;
  }
}

function includesShared(query: Record<string, unknown>): boolean {
  const text = optionalParameter(query, 'include_shared');
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw problem('invalid', 'include_shared must be true or false.', { source: { parameter: 'include_shared' } });
}

function notFound(): Error {
  return problem('not_found', 'There is no authentication with this id.');
}
