import { Injectable } from '@nestjs/common';
import type { TenantAppView } from '#libs/catalog';
import { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import type { Account } from './account.js';
import { owner } from './connection-transitions.js';
import { Connections } from './connections.store.js';
import { readCredentialFields } from './credential-fields.js';
import type { Credentials } from './credentials.js';
import { Identities } from './identities.js';

export interface Registration {
  app: TenantAppView;
  title: string;
  /** By the parts of the app's security scheme: api_key; username and password; token. */
  fields: Record<string, unknown>;
}

/** Makes a connection of credentials that a partner gives for its user, where no consent page is needed (protocol.md §7.11). */
@Injectable()
export class ConnectionRegistration {
  constructor(
    private readonly connections: Connections,
    private readonly identities: Identities,
  ) {}

  /**
   * The credentials are tried where the app can say whose they are.
   * @returns the new connection's id
   * @throws Problem invalid, or third_party_failed when the app refuses them
   */
  async register(
    tenantId: TenantId,
    userId: string,
    { app, title, fields }: Registration,
    address: string | null,
  ): Promise<string> {
    const credentials = new Secret<Credentials>(readCredentialFields(app.definition.security, fields));
    const account = await this.#identify(app, credentials);
    const author = owner(userId, address);
    const values = { userId, appId: app.id, title, status: 'connected', account, credentials, author } as const;
    return this.connections.establish(tenantId, values, null);
  }

  async #identify(app: TenantAppView, credentials: Secret<Credentials>): Promise<Account> {
    const checked = await this.identities.tryOut(app, credentials);
    if ('account' in checked) return checked.account;
    const { title } = app.definition;
    throw problem(
      'third_party_failed',
      checked.failed === 'refused'
        ? `${title} did not accept these credentials. Check them.`
        : `${title} could not be asked whether it takes these. Try again later.`,
    );
  }
}
