import { Injectable } from '@nestjs/common';
import { AuthorizationAnswers } from './authorization-answers.store.js';
import { AuthorizationCodes } from './authorization-codes.store.js';
import type { AuthorizationError } from './authorization-error.js';
import type { SignedInRequest } from './authorization-requests.store.js';
import { AuthorizationResponses } from './authorization-responses.js';
import { Consents } from './consents.store.js';
import { ImplicitTokens } from './implicit-tokens.js';

/** Answers a request with what was asked, a code or in the implicit flow the token itself; or with an error. */
@Injectable()
export class AuthorizationApproval {
  constructor(
    private readonly answers: AuthorizationAnswers,
    private readonly consents: Consents,
    private readonly codes: AuthorizationCodes,
    private readonly implicit: ImplicitTokens,
    private readonly responses: AuthorizationResponses,
  ) {}

  /**
   * @param remember whether the user need not be asked for this again
   * @returns the URL to send the browser to
   * @throws AuthorizationFailure when it was answered before
   */
  approve(request: SignedInRequest, remember: boolean): Promise<string> {
    const { tenantId, responseType } = request;
    return this.answers.once(request, async (tx) => {
      if (remember) await this.consents.give(tenantId, request, tx);
      if (responseType === 'token')
        return this.responses.success(request, await this.implicit.issue(tenantId, request, tx), 'fragment');
      return this.responses.success(request, { code: await this.codes.issue(tenantId, request, request, tx) }, 'query');
    });
  }

  /** @returns as approve. @throws as approve */
  refuse(request: SignedInRequest, error: AuthorizationError): Promise<string> {
    return this.answers.once(request, () => Promise.resolve(this.responses.failure(request, error)));
  }
}
