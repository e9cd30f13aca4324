import { Injectable } from '@nestjs/common';
import { TenantCatalog } from '#libs/catalog';
import { Config } from '#libs/config';
import { problem } from '#libs/errors';
import { ConnectTokenIssuer, type ConnectTokenRequest, type IssuedConnectToken } from '#libs/oauth';
import { Attempts, SESSION_CODE_SECONDS } from './attempts.store.js';

/** Issues session codes for `PUBLIC_URL/to/{app}` (protocol.md C14). */
@Injectable()
export class SessionCodes extends ConnectTokenIssuer {
  constructor(
    private readonly config: Config,
    private readonly catalog: TenantCatalog,
    private readonly attempts: Attempts,
  ) {
    super();
  }

  async issue({ tenant, client, userId, grantId, rootId, resource }: ConnectTokenRequest): Promise<IssuedConnectToken> {
    const app = await this.catalog.find(tenant.id, this.#appIn(resource));
    if (!app) throw problem('invalid_target', 'The app named in resource is not offered to this tenant.');
    const { id, code } = await this.attempts.issue(tenant.id, {
      userId,
      appId: app.id,
      clientId: client.clientId,
      grantId,
      rootId,
    });
    return { token: code, attemptId: id, lifetimeSeconds: SESSION_CODE_SECONDS };
  }

  #appIn(resource: URL): string {
    const app = /^\/to\/([^/]+)\/?$/.exec(resource.pathname)?.[1];
    if (resource.origin !== this.config.publicUrl || app === undefined) {
      throw problem('invalid_target', `resource must be ${this.config.publicUrl}/to/{app}.`);
    }
    return decoded(app);
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw problem('invalid_target', 'The app named in resource is not readable.');
  }
}
