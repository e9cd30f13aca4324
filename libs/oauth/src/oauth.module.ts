import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '#libs/audit';
import { TenantsModule } from '#libs/tenants';
import { TrustedKeysModule } from '#libs/trusted-keys';
import { VaultModule } from '#libs/vault';
import { AccessTokens } from './access-tokens.js';
import { AuthorizationAnswer } from './authorization-answer.entity.js';
import { AuthorizationAnswers } from './authorization-answers.store.js';
import { AuthorizationCodeGrant } from './authorization-code-grant.js';
import { AuthorizationCode } from './authorization-code.entity.js';
import { AuthorizationCodes } from './authorization-codes.store.js';
import { AuthorizationEnd } from './authorization-end.entity.js';
import { AuthorizationEnds } from './authorization-ends.store.js';
import { AuthorizationGrant } from './authorization-grant.entity.js';
import { AuthorizationGrants } from './authorization-grants.store.js';
import { AuthorizationRequest } from './authorization-request.entity.js';
import { AuthorizationRequests } from './authorization-requests.store.js';
import { ClientAuthentication } from './client-authentication.js';
import { ClientCredentials } from './client-credentials.js';
import { ClientDirectory } from './client-directory.js';
import { Consent } from './consent.entity.js';
import { Consents } from './consents.store.js';
import { Denial } from './denial.entity.js';
import { Denials } from './denials.js';
import { Disabling } from './disabling.js';
import { GRANTS, type Grant } from './grant.js';
import { Introspection } from './introspection.js';
import { ServerMetadata } from './metadata.js';
import { RefreshToken } from './refresh-token.entity.js';
import { RefreshTokenGrant } from './refresh-token-grant.js';
import { RefreshTokens } from './refresh-tokens.store.js';
import { Revocation } from './revocation.js';
import { TokenEndpoint } from './token-endpoint.js';
import { TokenExchange } from './token-exchange.js';

/** Every grant that the token endpoint serves. */
const grants = [TokenExchange, AuthorizationCodeGrant, RefreshTokenGrant, ClientCredentials];

const stores = [
  AuthorizationRequests,
  AuthorizationAnswers,
  AuthorizationCodes,
  AuthorizationGrants,
  AuthorizationEnds,
  RefreshTokens,
  Consents,
];
const entities = [
  Denial,
  AuthorizationRequest,
  AuthorizationAnswer,
  AuthorizationGrant,
  AuthorizationEnd,
  AuthorizationCode,
  RefreshToken,
  Consent,
];

@Module({
  imports: [TypeOrmModule.forFeature(entities), AuditModule, TenantsModule, VaultModule],
  providers: [AccessTokens, ...stores, Denials, ClientDirectory, Disabling],
  exports: [AccessTokens, ...stores, Denials, ClientDirectory, Disabling],
})
export class OauthModule {
  /** The token endpoint, given the module that provides `ConnectTokenIssuer`. */
  static withTokenEndpoint(connect: NonNullable<ModuleMetadata['imports']>[number]): DynamicModule {
    return {
      module: TokenEndpointModule,
      imports: [OauthModule, TenantsModule, TrustedKeysModule, connect],
      providers: [
        ClientAuthentication,
        ...grants,
        { provide: GRANTS, useFactory: (...all: Grant[]) => all, inject: grants },
        TokenEndpoint,
        Revocation,
        Introspection,
        ServerMetadata,
      ],
      exports: [TokenEndpoint, Revocation, Introspection, ServerMetadata],
    };
  }
}

@Module({})
class TokenEndpointModule {}
