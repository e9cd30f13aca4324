import { Injectable } from '@nestjs/common';
import type { TenantAppView } from '#libs/catalog';
import {
  budgetOwner,
  Connections,
  FreshCredentials,
  type AppUse,
  type Connection,
  type Credentials,
} from '#libs/connections';
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
    if (!connection)
      throw problem(
        'not_found',
        'There is no authentication with this id. GET /v2/authentications?app=… lists them.',
        AT,
      );
    if (connection.appId !== app.id)
      throw problem(
        'invalid',
        'This authentication belongs to another app than the action. Name one of GET /v2/authentications?app=….',
        AT,
      );
    return connection;
  }

  /** The app through the connection that the request names, for a question that is asked while somebody waits. */
  async use(caller: UserCaller, app: TenantAppView, id: string | null | undefined): Promise<AppUse> {
    const { tenantId, userId } = caller;
    const owner = { tenantId, userId, appId: app.id, version: app.version, serverUrl: app.serverUrl };
    if (app.definition.security.kind === 'none') {
      const credentials = new Secret<Credentials>({ kind: 'none' });
      const budget = budgetOwner(tenantId, app, null);
      return { app, owner: { ...owner, connection: null }, budget, credentials: () => Promise.resolve(credentials) };
    }
    if (!id) throw problem('invalid', 'This needs an authentication: connect an account first.', AT);
    const connection = await this.find(caller, app, id);
    const since = connection.lastRefreshedAt.toISOString();
    return {
      app,
      owner: { ...owner, connection: { id: connection.id, since } },
      budget: budgetOwner(tenantId, app, connection),
      credentials: () => this.fresh.take(connection),
    };
  }
}
