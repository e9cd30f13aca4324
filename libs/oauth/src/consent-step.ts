import { Injectable } from '@nestjs/common';
import type { Client, Tenant } from '#libs/tenants';
import { AuthorizationAnswers } from './authorization-answers.store.js';
import { AuthorizationApproval } from './authorization-approval.js';
import { AuthorizationError, AuthorizationFailure, authorizationFailures } from './authorization-error.js';
import { requireGrant } from './authorization-parameters.js';
import { isRegistered } from './authorization-redirect-uri.js';
import { AuthorizationRequests, type SignedInRequest } from './authorization-requests.store.js';
import { stillAllowed } from './authorization-scopes.js';
import { ClientDirectory } from './client-directory.js';
import { formToken, isFormToken } from './consent-form-token.js';
import { Consents } from './consents.store.js';
import { Denials } from './denials.js';

/** What the consent page asks. */
export interface ConsentQuestion {
  tenant: Tenant;
  client: Client;
  request: SignedInRequest;
  /** For the form to bring along. */
  formToken: string;
}

/** Asks the user, unless that was done before, and takes the answer. */
@Injectable()
export class ConsentStep {
  constructor(
    private readonly requests: AuthorizationRequests,
    private readonly directory: ClientDirectory,
    private readonly consents: Consents,
    private readonly approval: AuthorizationApproval,
    private readonly answers: AuthorizationAnswers,
    private readonly denials: Denials,
  ) {}

  /** @returns the question, or where to go when there is none. @throws AuthorizationFailure */
  async open(id: string, cookie: string | undefined): Promise<ConsentQuestion | { location: string }> {
    const { tenant, client, request } = await this.#resume(id, cookie);
    try {
      this.#requireAllowed(client, request);
      if (await this.#isRemembered(client, request)) return { location: await this.approval.approve(request, false) };
      return { tenant, client, request, formToken: formToken(cookie ?? '') };
    } catch (error) {
      return { location: await this.#refuse(request, error) };
    }
  }

  /**
   * @param token as the form brought it
   * @returns where to go: sent twice, the form leads to the same place twice
   * @throws AuthorizationFailure
   */
  async answer(id: string, cookie: string | undefined, token: string, isAllowed: boolean): Promise<string> {
    try {
      return await this.#answer(id, cookie, token, isAllowed);
    } catch (error) {
      // The browser shows the answer to the second click: one that said "answered before" would lose the code.
      const given = error instanceof AuthorizationFailure ? await this.answers.ofBrowser(id, cookie) : null;
      if (given === null || !isFormToken(cookie ?? '', token)) throw error;
      return given;
    }
  }

  async #answer(id: string, cookie: string | undefined, token: string, isAllowed: boolean): Promise<string> {
    const { client, request } = await this.#resume(id, cookie);
    if (!isFormToken(cookie ?? '', token)) throw authorizationFailures.forgedForm();
    try {
      if (!isAllowed) throw new AuthorizationError('access_denied', 'The user did not allow it.');
      this.#requireAllowed(client, request);
      return await this.approval.approve(request, true);
    } catch (error) {
      return this.#refuse(request, error);
    }
  }

  /** Client and redirect URI are looked at anew: minutes may have passed. */
  async #resume(id: string, cookie: string | undefined): Promise<Omit<ConsentQuestion, 'formToken'>> {
    const request = await this.requests.ofBrowser(id, cookie);
    if (!request) throw authorizationFailures.ended();
    const caller = await this.directory.find(request.clientId);
    if (!caller) throw authorizationFailures.unknownClient();
    if (!isRegistered(caller.client.redirectUris, request.redirectUri))
      throw authorizationFailures.unregisteredRedirectUri();
    request.scopes = stillAllowed(request.scopes, caller.client);
    return { ...caller, request };
  }

  #requireAllowed(client: Client, { tenantId, userId, responseType, scopes }: SignedInRequest): void {
    requireGrant(client, responseType);
    if (scopes.length === 0)
      throw new AuthorizationError('invalid_scope', 'The client may have none of these any more.');
    if (this.denials.stands(tenantId, 'user', userId))
      throw new AuthorizationError('access_denied', 'The user is disabled.');
  }

  /**
   * RFC 8252 §8.6: who takes its answers where any program of the machine may listen can't be told from another, unless a code must be
   * redeemed with a secret: it is asked for each time.
   */
  async #isRemembered({ secretDigest }: Client, request: SignedInRequest): Promise<boolean> {
    const isRecognizable =
      (request.responseType === 'code' && secretDigest !== null) || request.redirectUri.startsWith('https:');
    return isRecognizable && !request.consentForced && (await this.consents.cover(request.tenantId, request));
  }

  #refuse(request: SignedInRequest, error: unknown): Promise<string> {
    if (!(error instanceof AuthorizationError)) throw error;
    return this.approval.refuse(request, error);
  }
}
