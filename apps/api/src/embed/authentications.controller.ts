import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { TenantCatalog } from '#libs/catalog';
import { Config } from '#libs/config';
import { Connections, Revocations } from '#libs/connections';
import { problem } from '#libs/errors';
import { toAuthentication } from './authentication.dto.js';
import { CallerOf, type UserCaller } from './caller.js';
import { PagingOf, pageOf, type Paging } from './paging.js';
import { requiredParameter } from '../http/query.js';
import { Requires } from './requires.js';

@Controller('v2/authentications')
export class AuthenticationsController {
  constructor(
    private readonly config: Config,
    private readonly catalog: TenantCatalog,
    private readonly connections: Connections,
    private readonly revocations: Revocations,
  ) {}

  @Get()
  @Requires('connection:read')
  async list(
    @CallerOf() { tenantId, userId }: UserCaller,
    @PagingOf() paging: Paging,
    @Query() query: Record<string, unknown>,
  ) {
    const app = await this.catalog.find(tenantId, requiredParameter(query, 'app'));
    if (!app) throw problem('not_found', 'There is no app with this id.', { source: { parameter: 'app' } });
    const { connections, count } = await this.connections.list(tenantId, userId, { appId: app.id, ...paging });
    return pageOf(connections.map(toAuthentication), count, paging, this.config.publicUrl);
  }

  @Get(':id')
  @Requires('connection:read')
  async get(@CallerOf() { tenantId, userId }: UserCaller, @Param('id') id: string) {
    const connection = await this.connections.find(tenantId, userId, id);
    if (!connection) throw problem('not_found', 'There is no authentication with this id.');
    return { data: toAuthentication(connection) };
  }

  /** Disconnects. Our copy is gone first; then the app is told, where it can be (RFC 7009), and `meta.revocation` says how that went. */
  @Delete(':id')
  @Requires('connection:write')
  async remove(@CallerOf() { tenantId, userId }: UserCaller, @Param('id') id: string) {
    const connection = await this.connections.find(tenantId, userId, id);
    const credentials = connection && (await this.connections.remove(tenantId, userId, id));
    if (!credentials) throw problem('not_found', 'There is no authentication with this id.');
    const app = await this.catalog.find(tenantId, connection.appId);
    const revocation = app ? await this.revocations.revoke(tenantId, app, credentials) : 'unsupported';
    return { data: { type: 'authentication', id, deleted: true }, meta: { revocation } };
  }
}
