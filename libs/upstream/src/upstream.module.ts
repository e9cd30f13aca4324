import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import { SigningKeysModule } from '#libs/signing-keys';
import { TenantsModule } from '#libs/tenants';
import { VaultModule } from '#libs/vault';
import { AppDirectory } from './app-directory.store.js';
import { ExchangedTokens } from './exchanged-tokens.js';
import { PartnerJwts } from './partner-jwts.js';
import { UpstreamAccounts } from './upstream-accounts.js';
import { UpstreamApp } from './upstream-app.entity.js';
import { UpstreamApps } from './upstream-apps.store.js';
import { UpstreamBudgets } from './upstream-budgets.js';
import { UpstreamCircuits } from './upstream-circuits.js';
import { UpstreamBudget } from './upstream-budget.entity.js';
import { UpstreamCalls } from './upstream-calls.js';
import { UpstreamHttp } from './upstream-http.js';
import { UpstreamTokenEndpoint } from './upstream-token-endpoint.js';
import { UpstreamToken } from './upstream-token.entity.js';
import { UpstreamTokens } from './upstream-tokens.js';
import { UpstreamTokenStore } from './upstream-tokens.store.js';
import { Upstream } from './upstream.entity.js';
import { Upstreams } from './upstreams.store.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([Upstream, UpstreamApp, UpstreamToken, UpstreamBudget]),
    CatalogModule,
    ConnectionsModule,
    SigningKeysModule,
    TenantsModule,
    VaultModule,
  ],
  providers: [
    AppDirectory,
    Upstreams,
    UpstreamApps,
    UpstreamBudgets,
    UpstreamCircuits,
    UpstreamHttp,
    PartnerJwts,
    UpstreamTokenEndpoint,
    UpstreamTokenStore,
    ExchangedTokens,
    UpstreamAccounts,
    UpstreamTokens,
    UpstreamCalls,
  ],
  exports: [AppDirectory, Upstreams, UpstreamApps, UpstreamBudgets, UpstreamCalls, UpstreamTokens],
})
export class UpstreamModule {}
