import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '#libs/audit';
import { CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import { SigningKeysModule } from '#libs/signing-keys';
import { TenantsModule } from '#libs/tenants';
import { VaultModule } from '#libs/vault';
import { ActionLookup } from './action-lookup.js';
import { AppDirectory } from './app-directory.store.js';
import { AccountApp } from './account-app.js';
import { CatalogCopies } from './catalog-copies.store.js';
import { CatalogReading } from './catalog-reading.js';
import { DoctorLooks } from './doctor-looks.js';
import { ExchangedTokens } from './exchanged-tokens.js';
import { PartnerJwts } from './partner-jwts.js';
import { UpstreamAccounts } from './upstream-accounts.js';
import { UpstreamActions } from './upstream-actions.js';
import { UpstreamApp } from './upstream-app.entity.js';
import { UpstreamApps } from './upstream-apps.store.js';
import { UpstreamBudgets } from './upstream-budgets.js';
import { UpstreamCircuits } from './upstream-circuits.js';
import { UpstreamBudget } from './upstream-budget.entity.js';
import { UpstreamCallbackKeys } from './upstream-callback-keys.js';
import { UpstreamCalls } from './upstream-calls.js';
import { UpstreamAuthentications } from './upstream-authentications.js';
import { UpstreamLists } from './upstream-lists.js';
import { UpstreamQuestions } from './upstream-questions.js';
import { UpstreamRefusals } from './upstream-refusals.js';
import { UpstreamWarnings } from './upstream-warnings.js';
import { UpstreamDoctor } from './upstream-doctor.js';
import { UpstreamHealths } from './upstream-health.js';
import { UpstreamHttp } from './upstream-http.js';
import { UpstreamRemoval } from './upstream-removal.js';
import { UpstreamTokenEndpoint } from './upstream-token-endpoint.js';
import { UpstreamToken } from './upstream-token.entity.js';
import { UpstreamTokens } from './upstream-tokens.js';
import { UpstreamTokenStore } from './upstream-tokens.store.js';
import { Upstream } from './upstream.entity.js';
import { Upstreams } from './upstreams.store.js';

const lists = [ActionLookup, AppDirectory, UpstreamActions, UpstreamAuthentications, UpstreamLists, UpstreamWarnings];
const shown = [
  AccountApp,
  CatalogReading,
  Upstreams,
  UpstreamApps,
  UpstreamBudgets,
  UpstreamCallbackKeys,
  UpstreamCalls,
  UpstreamDoctor,
  UpstreamHealths,
  UpstreamRemoval,
  UpstreamTokens,
];

@Module({
  imports: [
    TypeOrmModule.forFeature([Upstream, UpstreamApp, UpstreamToken, UpstreamBudget]),
    AuditModule,
    CatalogModule,
    ConnectionsModule,
    SigningKeysModule,
    TenantsModule,
    VaultModule,
  ],
  providers: [
    ...lists,
    ...shown,
    UpstreamQuestions,
    UpstreamRefusals,
    UpstreamCircuits,
    UpstreamHttp,
    PartnerJwts,
    UpstreamTokenEndpoint,
    UpstreamTokenStore,
    ExchangedTokens,
    UpstreamAccounts,
    CatalogCopies,
    DoctorLooks,
  ],
  exports: [...lists, ...shown],
})
export class UpstreamModule {}
