import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogModule } from '#libs/catalog';
import { SigningKeysModule } from '#libs/signing-keys';
import { TenantsModule } from '#libs/tenants';
import { VaultModule } from '#libs/vault';
import { PartnerJwts } from './partner-jwts.js';
import { UpstreamApp } from './upstream-app.entity.js';
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
    SigningKeysModule,
    TenantsModule,
    VaultModule,
  ],
  providers: [
    Upstreams,
    UpstreamHttp,
    PartnerJwts,
    UpstreamTokenEndpoint,
    UpstreamTokenStore,
    UpstreamTokens,
    UpstreamCalls,
  ],
  exports: [Upstreams, UpstreamCalls],
})
export class UpstreamModule {}
