import { Injectable } from '@nestjs/common';
import { Config } from '#libs/config';
import { isStorable, isUuid } from '#libs/database';
import { problem } from '#libs/errors';
import { ConnectTokenIssuer, type ConnectTokenRequest, type IssuedConnectToken } from '#libs/oauth';
import type { Tenant } from '#libs/tenants';
import { accountAppKey, UpstreamApps } from '#libs/upstream';
import { Attempts, SESSION_CODE_SECONDS, type AttemptTerms } from './attempts.store.js';

const MAX_USER_TITLE_LENGTH = 100;

/** Issues session codes for `PUBLIC_URL/to/{app}` (protocol.md C14). */
@Injectable()
export class SessionCodes extends ConnectTokenIssuer {
  constructor(
    private readonly config: Config,
    private readonly apps: UpstreamApps,
    private readonly attempts: Attempts,
  ) {
    super();
  }

  async issue({ tenant, client, userId, grantId, rootId, resource }: ConnectTokenRequest): Promise<IssuedConnectToken> {
    const app = await this.apps.find(tenant.id, this.#appIn(resource));
    if (!app) throw problem('invalid_target', 'The app named in resource is not offered to this tenant.');
    const { id, code } = await this.attempts.issue(tenant.id, {
      userId,
      appId: app.id,
      clientId: client.clientId,
      grantId,
      rootId,
      ...termsIn(resource.searchParams, tenant),
    });
    return { token: code, attemptId: id, lifetimeSeconds: SESSION_CODE_SECONDS };
  }

  #appIn(resource: URL): string {
    const app = appAt(resource.pathname);
    if (resource.origin !== this.config.publicUrl || app === undefined) {
      throw problem('invalid_target', `resource must be ${this.config.publicUrl}/to/{app}.`);
    }
    return decoded(app);
  }
}

/** The account at an upstream has an address of its own besides that of its app. */
function appAt(path: string): string | undefined {
  const upstream = /^\/oauth\/upstream\/([^/]+)\/start\/?$/.exec(path)?.[1];
  return upstream === undefined ? /^\/to\/([^/]+)\/?$/.exec(path)?.[1] : accountAppKey({ name: upstream });
}

/**
 * What the partner's backend settles beforehand, in the query of `resource`: it is then the code's, and the link that a browser brings can't
 * change it.
 */
function termsIn(query: URLSearchParams, tenant: Tenant): AttemptTerms {
  const [origin, redirectUri] = [query.get('origin'), query.get('redirect_uri')];
  const [reconnectId, account, userTitle] = [query.get('reconnect_id'), query.get('account'), query.get('user_title')];
  if (origin !== null && !tenant.origins.includes(origin)) throw refused('origin', "one of the tenant's origins");
  if (redirectUri !== null && !tenant.redirectUris.includes(redirectUri))
    throw refused('redirect_uri', "one of the tenant's redirect URIs");
  if (reconnectId !== null && !isUuid(reconnectId)) throw refused('reconnect_id', 'the id of a connection');
  if (account !== null && account !== 'same' && account !== 'any') throw refused('account', '"same" or "any"');
  if (userTitle !== null && !isUserTitle(userTitle)) throw refused('user_title', USER_TITLE_RULE);
  return { origin, redirectUri, reconnectId, anyAccount: account === 'any', userTitle };
}

export const USER_TITLE_RULE = `1 to ${MAX_USER_TITLE_LENGTH} characters on one line`;

export function isUserTitle(text: string): boolean {
  return isStorable(text) && text.trim() !== '' && text.length <= MAX_USER_TITLE_LENGTH && !/\p{Cc}/u.test(text);
}

function refused(parameter: string, rule: string): Error {
  return problem('invalid_target', `${parameter} in the query of resource must be ${rule}.`);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw problem('invalid_target', 'The app named in resource is not readable.');
  }
}
