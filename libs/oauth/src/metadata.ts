import { Inject, Injectable } from '@nestjs/common';
import { Config } from '#libs/config';
import { knownScopes } from '#libs/tenants';
import { GRANTS, type Grant } from './grant.js';

const CONFIDENTIAL_METHODS = ['client_secret_basic', 'client_secret_post'];
/** `none`: a public client names itself. */
const CLIENT_METHODS = [...CONFIDENTIAL_METHODS, 'none'];

/** RFC 8414 §2: what is served, and nothing else. */
@Injectable()
export class ServerMetadata {
  constructor(
    private readonly config: Config,
    @Inject(GRANTS) private readonly grants: readonly Grant[],
  ) {}

  document() {
    const { publicUrl: issuer } = this.config;
    return {
      issuer,
      authorization_endpoint: `${issuer}/oauth/authorize`,
      token_endpoint: `${issuer}/oauth/token`,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      introspection_endpoint: `${issuer}/oauth/introspect`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      // Implicit is of the authorization endpoint alone, and for clients that are registered for it.
      grant_types_supported: [...this.grants.map(({ grantType }) => grantType), 'implicit'],
      response_types_supported: ['code', 'token'],
      // One of each response type, in this order.
      response_modes_supported: ['query', 'fragment'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      scopes_supported: knownScopes,
      token_endpoint_auth_methods_supported: CLIENT_METHODS,
      revocation_endpoint_auth_methods_supported: CLIENT_METHODS,
      introspection_endpoint_auth_methods_supported: CONFIDENTIAL_METHODS,
    };
  }
}
