import { Injectable } from '@nestjs/common';
import { problem } from '#libs/errors';
import { ClientAuthentication } from './client-authentication.js';
import type { Grant, TokenResponse } from './grant.js';
import { TokenExchange } from './token-exchange.js';

export type { TokenResponse };

export interface TokenRequest {
  /** The form as parsed: a repeated parameter is an array. */
  form: Record<string, unknown>;
  authorization: string | undefined;
}

const CLIENT_PARAMETERS = ['grant_type', 'client_id', 'client_secret'];

/** The token endpoint (RFC 6749 §3.2): authenticates the client, then hands the declared parameters to the grant. */
@Injectable()
export class TokenEndpoint {
  readonly #grants: ReadonlyMap<string, Grant>;

  constructor(
    private readonly clients: ClientAuthentication,
    tokenExchange: TokenExchange,
  ) {
    this.#grants = new Map([tokenExchange].map((grant) => [grant.grantType, grant]));
  }

  /** @throws Problem with a code of RFC 6749 §5.2 or RFC 8693 §2.2.2 */
  async respond({ form, authorization }: TokenRequest): Promise<TokenResponse> {
    const grantType = only(form, ['grant_type']).grant_type;
    if (grantType === undefined) throw problem('invalid_request', 'The parameter grant_type is missing.');
    const grant = this.#grants.get(grantType);
    if (!grant) {
      throw problem('unsupported_grant_type', `Supported grant types: ${[...this.#grants.keys()].join(' ')}.`);
    }
    const parameters = only(form, [...CLIENT_PARAMETERS, ...grant.parameters]);
    const caller = await this.clients.authenticate(parameters, authorization);
    if (!caller.client.grants.includes(grant.name)) {
      throw problem('unauthorized_client', `This client is not registered for the grant ${grant.name}.`);
    }
    return grant.handler(parameters, caller);
  }
}

/**
 * RFC 6749 §3.2: "Parameters sent without a value MUST be treated as if they were omitted", unrecognized ones are ignored, and
 * "parameters MUST NOT be included more than once".
 */
function only(form: Record<string, unknown>, declared: readonly string[]): Partial<Record<string, string>> {
  const entries = declared.flatMap((name) => {
    const value = Object.hasOwn(form, name) ? form[name] : undefined;
    if (value === undefined || value === '') return [];
    if (typeof value !== 'string') throw problem('invalid_request', `The parameter ${name} is repeated.`);
    return [[name, value] as const];
  });
  return Object.fromEntries(entries);
}
