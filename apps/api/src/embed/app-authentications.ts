import { Injectable } from '@nestjs/common';
import type { TenantAppView } from '#libs/catalog';
import { Attempts } from '#libs/connect';
import { ConnectionRegistration } from '#libs/connections';
import { Tenants } from '#libs/tenants';
import { UpstreamAuthentications, remoteAppOf, type UpstreamWarning } from '#libs/upstream';
import type { CreateAuthenticationDto } from './authentication.dto.js';
import type { UserCaller } from './caller.js';

/** A user's accounts in an app, wherever they are held. */
@Injectable()
export class AppAuthentications {
  constructor(
    private readonly tenants: Tenants,
    private readonly attempts: Attempts,
    private readonly registration: ConnectionRegistration,
    private readonly remote: UpstreamAuthentications,
  ) {}

  /** What an upstream holds is read there first. @returns why it could not be */
  async bringUpToDate({ tenantId, userId }: UserCaller, app: TenantAppView): Promise<UpstreamWarning[]> {
    if (!remoteAppOf(app)) return [];
    return this.remote.keepInStep(tenantId, userId, app, () => this.#mayAdd(tenantId, userId, app.id));
  }

  /** @returns the new connection's id @throws Problem */
  create(
    { tenantId, userId }: UserCaller,
    app: TenantAppView,
    { title, authentication_fields: fields }: CreateAuthenticationDto,
    address: string,
  ): Promise<string> {
    if (remoteAppOf(app)) return this.remote.create(tenantId, userId, app, { title, fields, address });
    return this.registration.register(tenantId, userId, { app, title, fields }, address);
  }

  /**
   * Under `strict` a consent counts when the partner confirms whose it was. While a try of this user's went to the upstream and did not come back
   * well, an account that turns up there may be that of a victim who finished it: then no list makes a connection of it.
   */
  async #mayAdd(tenantId: UserCaller['tenantId'], userId: string, appId: string): Promise<boolean> {
    const tenant = await this.tenants.byId(tenantId);
    return tenant?.connectPolicy === 'zapier' || !(await this.attempts.isAnyAstray(tenantId, userId, appId));
  }
}
