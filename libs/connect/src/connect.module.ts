import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import { ConnectTokenIssuer, OauthModule } from '#libs/oauth';
import { TenantsModule } from '#libs/tenants';
import { VaultModule } from '#libs/vault';
import { Attempts } from './attempts.store.js';
import { ConnectAttempt } from './connect-attempt.entity.js';
import { ConnectCompletion } from './connect-completion.js';
import { ConnectConsents } from './connect-consents.js';
import { ConnectFlow } from './connect-flow.js';
import { ConsentContexts } from './consent-contexts.js';
import { SessionCodes } from './session-codes.js';
import { ThirdPartyStrategy } from './third-party.strategy.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([ConnectAttempt]),
    PassportModule.register({ session: false }),
    CatalogModule,
    ConnectionsModule,
    OauthModule,
    TenantsModule,
    VaultModule,
  ],
  providers: [
    ConnectCompletion,
    ConsentContexts,
    Attempts,
    ConnectConsents,
    ConnectFlow,
    ThirdPartyStrategy,
    { provide: ConnectTokenIssuer, useClass: SessionCodes },
  ],
  exports: [Attempts, ConnectCompletion, ConnectFlow, ConnectTokenIssuer],
})
export class ConnectModule {}
