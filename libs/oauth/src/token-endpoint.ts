import { Inject, Injectable } from '@nestjs/common';
import { Problem, problem } from '#libs/errors';
import { signals } from '#libs/telemetry';
import { ClientAuthentication } from './client-authentication.js';
import { only } from './form-parameters.js';
import { GRANTS, type AuthenticatedClient, type Grant, type TokenResponse } from './grant.js';

export type { TokenResponse };

export interface TokenRequest {
  /** The form as parsed: a repeated parameter is an array. */
  form: Record<string, unknown>;
  authorization: string | undefined;
  /** Called before the grant does any work. It may throw, to refuse a client that asks too often. */
  admit?: (caller: AuthenticatedClient) => void;
}

const CLIENT_PARAMETERS = ['grant_type', 'client_id', 'client_secret'];

/** The token endpoint (RFC 6749 §3.2): authenticates the client, then hands the declared parameters to the grant. */
@Injectable()
export class TokenEndpoint {
  readonly #grants: ReadonlyMap<string, Grant>;

  constructor(
    private readonly clients: ClientAuthentication,
    @Inject(GRANTS) grants: readonly Grant[],
  ) {
    this.#grants = new Map(grants.map((grant) => [grant.grantType, grant]));
  }

  /** @throws Problem with a code of RFC 6749 §5.2 or RFC 8693 §2.2.2 */
  async respond(request: TokenRequest): Promise<TokenResponse> {
    let result = 'error';
    try {
      const response = await this.#respond(request);
      result = 'ok';
      return response;
    } catch (error) {
      if (error instanceof Problem) result = error.code;
      throw error;
    } finally {
      signals.tokenRequested.publish({ grant: this.#nameOf(request.form.grant_type), result });
    }
  }

  /** What callers invent has no name. */
  #nameOf(grantType: unknown): string {
    return (typeof grantType === 'string' && this.#grants.get(grantType)?.name) || 'unknown';
  }

  async #respond({ form, authorization, admit }: TokenRequest): Promise<TokenResponse> {
    const grantType = only(form, ['grant_type']).grant_type;
    if (grantType === undefined) throw problem('invalid_request', 'The parameter grant_type is missing.');
    const grant = this.#grants.get(grantType);
    if (!grant) {
      throw problem('unsupported_grant_type', `Supported grant types: ${[...this.#grants.keys()].join(' ')}.`);
    }
    const parameters = only(form, [...CLIENT_PARAMETERS, ...grant.parameters]);
    const caller = await this.clients.authenticate(parameters, authorization, grant.clients);
    admit?.(caller);
    if (!caller.client.grants.includes(grant.name)) {
      throw problem('unauthorized_client', `This client is not registered for the grant ${grant.name}.`);
    }
    return grant.handler(parameters, caller);
  }
}
