import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TenantsModule } from '#libs/tenants';
import { TrustedKeysModule } from '#libs/trusted-keys';
import { AccessToken } from './access-token.entity.js';
import { AccessTokens } from './access-tokens.store.js';
import { ClientAuthentication } from './client-authentication.js';
import { TokenEndpoint } from './token-endpoint.js';
import { TokenExchange } from './token-exchange.js';

@Module({
  imports: [TypeOrmModule.forFeature([AccessToken])],
  providers: [AccessTokens],
  exports: [AccessTokens],
})
export class OauthModule {
  /** The token endpoint, given the module that provides `ConnectTokenIssuer`. */
  static withTokenEndpoint(connect: NonNullable<ModuleMetadata['imports']>[number]): DynamicModule {
    return {
      module: TokenEndpointModule,
      imports: [OauthModule, TenantsModule, TrustedKeysModule, connect],
      providers: [ClientAuthentication, TokenExchange, TokenEndpoint],
      exports: [TokenEndpoint],
    };
  }
}

@Module({})
class TokenEndpointModule {}
