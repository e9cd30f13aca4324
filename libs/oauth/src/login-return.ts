import { Injectable } from '@nestjs/common';
import { Users, type Tenant } from '#libs/tenants';
import { PartnerTokens, RefusedToken, type PartnerIdentity } from '#libs/trusted-keys';
import { AuthorizationError, authorizationFailures } from './authorization-error.js';
import { AuthorizationRequests } from './authorization-requests.store.js';
import { AuthorizationResponses } from './authorization-responses.js';
import { ClientDirectory } from './client-directory.js';
import { Denials } from './denials.js';

export type SignIn = { requestId: string } | { requestId: string; location: string };

/** The way back from the tenant's login page, which says who the user is by a JWT of its own. */
@Injectable()
export class LoginReturn {
  constructor(
    private readonly requests: AuthorizationRequests,
    private readonly directory: ClientDirectory,
    private readonly partnerTokens: PartnerTokens,
    private readonly users: Users,
    private readonly denials: Denials,
    private readonly responses: AuthorizationResponses,
  ) {}

  /**
   * Names the user of a request, once. The browser must be the one that began: else somebody could have another person sign in to a request
   * of theirs, and get that person's code.
   * @returns with a location when the request ended here
   * @throws AuthorizationFailure
   */
  async accept(
    challenge: string,
    assertion: string,
    cookieOf: (requestId: string) => string | undefined,
  ): Promise<SignIn> {
    const request = await this.requests.ofChallenge(challenge);
    if (!request) throw authorizationFailures.ended();
    const { tenantId, id, clientId } = request;
    if (!this.requests.belongsTo(request, cookieOf(id))) {
      // An assertion for this challenge has been on its way to the wrong browser: it shall be worth nothing.
      await this.requests.end(tenantId, id);
      throw authorizationFailures.otherBrowser();
    }
    const caller = await this.directory.find(clientId);
    if (!caller) throw authorizationFailures.unknownClient();
    const { org, subject, name } = await this.#verify(caller.tenant, assertion, challenge);
    const userId = await this.users.findOrCreate(tenantId, org, subject, name);
    if (this.denials.stands(tenantId, 'user', userId)) {
      await this.requests.end(tenantId, id);
      const denied = new AuthorizationError('access_denied', 'The user is disabled.');
      return { requestId: id, location: this.responses.failure(request, denied) };
    }
    if (!(await this.requests.signIn(tenantId, id, userId))) throw authorizationFailures.ended();
    return { requestId: id };
  }

  async #verify(tenant: Tenant, assertion: string, challenge: string): Promise<PartnerIdentity> {
    try {
      return await this.partnerTokens.redeem(tenant, assertion, 'login', { nonce: challenge });
    } catch (error) {
      if (!(error instanceof RefusedToken)) throw error;
      throw authorizationFailures.refusedAssertion(error.message, error.detail);
    }
  }
}
