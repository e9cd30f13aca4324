import { Injectable } from '@nestjs/common';
import type { TenantAppView } from '#libs/catalog';
import { Connections, FreshCredentials, type Connection, type Credentials } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { problem } from '#libs/errors';
import type { UserCaller } from './caller.js';

const AT = { source: { pointer: '/data/authentication' } };

/** The connection that a request about an action names, checked to be the caller's own or shared with them, and of that app (protocol.md C26, C34). */
@Injectable()
export class ActionConnections {
  constructor(
    private readonly connections: Connections,
    private readonly fresh: FreshCredentials,
  ) {}

  /** @throws Problem not_found for a missing one or another's that is not shared, invalid for one of another app */
  async find({ tenantId, userId }: UserCaller, app: TenantAppView, id: string): Promise<Connection> {
    const connection = await this.connections.findVisible(tenantId, userId, id);
    if (!connection) throw problem('not_found', 'There is no authentication with this id.', AT);
    if (connection.appId !== app.id)
      throw problem('invalid', 'This authentication belongs to another app than the action.', AT);
    return connection;
  }

  /** What to call the app with now. */
  async credentials(
    caller: UserCaller,
    app: TenantAppView,
    id: string | null | undefined,
  ): Promise<Secret<Credentials>> {
    if (app.definition.security.kind === 'none') return new Secret<Credentials>({ kind: 'none' });
    if (!id) throw problem('invalid', 'This needs an authentication: connect an account first.', AT);
    return this.fresh.take(await this.find(caller, app, id));
  }
}
