import { Injectable } from '@nestjs/common';
import { authorizationFailures, AuthorizationError } from './authorization-error.js';
import { authorizationRequest, clientIdOf, redirectTarget } from './authorization-parameters.js';
import { AuthorizationRequests } from './authorization-requests.store.js';
import { AuthorizationResponses, withParameters } from './authorization-responses.js';
import { ClientDirectory } from './client-directory.js';

export interface AuthorizationStart {
  /** Where to send the browser. */
  location: string;
  /** What binds the browser to the request; null when the request was refused. */
  begun: { id: string; cookie: string } | null;
}

/** The authorization endpoint (RFC 6749 §3.1): checks what is asked, and sends the user to the tenant's login page. */
@Injectable()
export class AuthorizationEndpoint {
  constructor(
    private readonly directory: ClientDirectory,
    private readonly requests: AuthorizationRequests,
    private readonly responses: AuthorizationResponses,
  ) {}

  /**
   * @param query as parsed: a repeated parameter is an array
   * @throws AuthorizationFailure when it is not known where an answer may go
   */
  async start(query: Record<string, unknown>): Promise<AuthorizationStart> {
    const caller = await this.directory.find(clientIdOf(query));
    if (!caller) throw authorizationFailures.unknownClient();
    const { tenant, client } = caller;
    const target = redirectTarget(query, client);
    try {
      const request = authorizationRequest(query, client, target);
      if (tenant.loginUrl === null) {
        throw new AuthorizationError(
          'server_error',
          'The tenant has no login page. Its operator must set login_url by PATCH /admin/tenants/{slug}.',
        );
      }
      const { challenge, ...begun } = await this.requests.begin(tenant.id, request);
      return { location: withParameters(tenant.loginUrl, { login_challenge: challenge }), begun };
    } catch (error) {
      return { location: this.responses.failure(target, error), begun: null };
    }
  }
}
