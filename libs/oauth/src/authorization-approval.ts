import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import { AuthorizationCodes } from './authorization-codes.store.js';
import { authorizationFailures } from './authorization-error.js';
import { AuthorizationRequests, type SignedInRequest } from './authorization-requests.store.js';
import { AuthorizationResponses } from './authorization-responses.js';
import { Consents } from './consents.store.js';
import { ImplicitTokens } from './implicit-tokens.js';

/** Answers a request with what was asked: a code, or in the implicit flow the token itself. */
@Injectable()
export class AuthorizationApproval {
  constructor(
    private readonly database: Database,
    private readonly requests: AuthorizationRequests,
    private readonly consents: Consents,
    private readonly codes: AuthorizationCodes,
    private readonly implicit: ImplicitTokens,
    private readonly responses: AuthorizationResponses,
  ) {}

  /**
   * Ends the request and issues for it in one transaction, so that it is answered once or not at all.
   * @param remember whether the user need not be asked for this again
   * @returns the URL to send the browser to
   * @throws AuthorizationFailure when it was answered before
   */
  async approve(request: SignedInRequest, remember: boolean): Promise<string> {
    const { tenantId, responseType } = request;
    const parameters = await this.database.transaction(async (tx) => {
      if (!(await this.requests.end(tenantId, request.id, tx))) throw authorizationFailures.ended();
      if (remember) await this.consents.give(tenantId, request, tx);
      if (responseType === 'token') return this.implicit.issue(tenantId, request, tx);
      return { code: await this.codes.issue(tenantId, request, request, tx) };
    });
    return this.responses.success(request, parameters, responseType === 'token' ? 'fragment' : 'query');
  }
}
