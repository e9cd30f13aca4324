import { Injectable } from '@nestjs/common';
import { TenantCatalog } from '#libs/catalog';
import { Connections, FreshCredentials, isUsable, type Connection, type Credentials } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { Problem } from '#libs/errors';
import { Clock, secondsAfter } from '#libs/scheduling';
import { accountAppId } from './account-app.js';
import { UpstreamError } from './upstream-error.js';
import type { UpstreamBearer } from './upstream-bearer.js';
import type { Upstream } from './upstream.entity.js';

/** More accounts at one upstream than a person has. */
const ACCOUNTS = 100;

/** In the mode `user`, the person's grant at the upstream is a connection like any: the refresh loop renews it, and nobody else. */
@Injectable()
export class UpstreamAccounts {
  constructor(
    private readonly catalog: TenantCatalog,
    private readonly connections: Connections,
    private readonly fresh: FreshCredentials,
    private readonly clock: Clock,
  ) {}

  /** @throws UpstreamError `unlinked` when the person has to authorize us, first or again */
  async take(upstream: Upstream, userId: string): Promise<UpstreamBearer> {
    const connection = await this.#account(upstream, userId);
    const token = tokenOf(await this.#renewable(upstream, () => this.fresh.take(connection)));
    return { token, drop: () => this.#renew(upstream, connection, token) };
  }

  /** Their default one, or the newest, of those that can be used. */
  async #account(upstream: Upstream, userId: string): Promise<Connection> {
    const app = await this.catalog.find(upstream.tenantId, accountAppId(upstream));
    const filter = { appId: app?.id ?? '', limit: ACCOUNTS, offset: 0 };
    const { connections } = app ? await this.connections.list(upstream.tenantId, userId, filter) : { connections: [] };
    const usable = connections.filter(({ status }) => isUsable(status));
    const account = usable.find(({ isDefault }) => isDefault) ?? usable[0];
    if (account) return account;
    throw new UpstreamError('unlinked', `The user has to authorize access to their ${upstream.title} account.`);
  }

  async #renew(upstream: Upstream, connection: Connection, before: Secret<string>): Promise<void> {
    const after = tokenOf(await this.#renewable(upstream, () => this.fresh.renew(connection)));
    if (after.reveal() === before.reveal())
      throw new UpstreamError('unavailable', `Access to the user's ${upstream.title} account could not be renewed.`);
  }

  async #renewable(upstream: Upstream, take: () => Promise<Secret<Credentials>>): Promise<Secret<Credentials>> {
    try {
      return await take();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const { message, retryAfterSeconds } = error;
      if (error.code === 'invalid')
        throw new UpstreamError(
          'unlinked',
          `The user has to authorize access to their ${upstream.title} account again.`,
        );
      const at = retryAfterSeconds === undefined ? null : secondsAfter(this.clock.now(), retryAfterSeconds);
      throw new UpstreamError('unavailable', message, { at, cause: error });
    }
  }
}

function tokenOf(credentials: Secret<Credentials>): Secret<string> {
  const value = credentials.reveal();
  if (value.kind !== 'oauth2') throw new Error('An account at an upstream is connected by OAuth2.');
  return new Secret(value.accessToken);
}
