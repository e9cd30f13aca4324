import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '#libs/audit';
import { CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import { ConnectTokenIssuer, OauthModule } from '#libs/oauth';
import { TenantsModule } from '#libs/tenants';
import { UpstreamModule } from '#libs/upstream';
import { VaultModule } from '#libs/vault';
import { AccountLinking } from './account-linking.js';
import { AttemptSteps } from './attempt-steps.store.js';
import { Attempts } from './attempts.store.js';
import { ConnectAttempt } from './connect-attempt.entity.js';
import { ConnectCompletion } from './connect-completion.js';
import { ConnectConsents } from './connect-consents.js';
import { ConnectFlow } from './connect-flow.js';
import { ConnectLink } from './connect-link.entity.js';
import { ConnectLinks } from './connect-links.store.js';
import { Connecting } from './connecting.js';
import { ConsentContexts } from './consent-contexts.js';
import { ImplicitGrant } from './implicit-grant.js';
import { OldAttempts } from './old-attempts.store.js';
import { SessionCodes } from './session-codes.js';
import { ThirdPartyStrategy } from './third-party.strategy.js';
import { UpstreamConnect } from './upstream-connect.js';
import { UpstreamReturn } from './upstream-return.js';
import { UpstreamWay } from './upstream-way.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([ConnectAttempt, ConnectLink]),
    PassportModule.register({ session: false }),
    AuditModule,
    CatalogModule,
    ConnectionsModule,
    OauthModule,
    TenantsModule,
    UpstreamModule,
    VaultModule,
  ],
  providers: [
    ConnectCompletion,
    ConsentContexts,
    Attempts,
    AttemptSteps,
    ConnectLinks,
    Connecting,
    ConnectConsents,
    ConnectFlow,
    OldAttempts,
    ThirdPartyStrategy,
    AccountLinking,
    ImplicitGrant,
    UpstreamConnect,
    UpstreamReturn,
    UpstreamWay,
    { provide: ConnectTokenIssuer, useClass: SessionCodes },
  ],
  exports: [
    AccountLinking,
    Attempts,
    ConnectCompletion,
    ConnectFlow,
    ConnectLinks,
    Connecting,
    ConnectTokenIssuer,
    ImplicitGrant,
    OldAttempts,
    UpstreamWay,
  ],
})
export class ConnectModule {}
