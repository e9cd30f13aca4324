import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '#libs/audit';
import { CatalogModule } from '#libs/catalog';
import { EventsModule } from '#libs/events';
import { TenantsModule } from '#libs/tenants';
import { VaultModule } from '#libs/vault';
import { AppAnswers } from './app-answers.js';
import { AppCalls } from './app-calls.js';
import { CallBudget } from './call-budget.entity.js';
import { CallBudgets } from './call-budgets.js';
import { ConnectionDirectory } from './connection-directory.store.js';
import { ConnectionEstablishment } from './connection-establishment.js';
import { ConnectionExports } from './connection-exports.js';
import { ConnectionImports } from './connection-imports.js';
import { ConnectionRefreshes } from './connection-refreshes.store.js';
import { ConnectionRegistration } from './connection-registration.js';
import { ConnectionSettings } from './connection-settings.store.js';
import { ConnectionTransitions } from './connection-transitions.js';
import { Connection } from './connection.entity.js';
import { Connections } from './connections.store.js';
import { DeletedConnections } from './deleted-connections.store.js';
import { Disconnection } from './disconnection.js';
import { DueRevocation } from './due-revocation.entity.js';
import { DueRevocations } from './due-revocations.store.js';
import { ExpiryWarnings } from './expiry-warnings.js';
import { FreshCredentials } from './fresh-credentials.js';
import { Identities } from './identities.js';
import { ImportedCredentials } from './imported-credentials.js';
import { LateAnswers } from './late-answers.js';
import { LiveChoices } from './live-choices.js';
import { ActionTests } from './action-tests.js';
import { OrphanedAnswer } from './orphaned-answer.entity.js';
import { RemoteAccounts } from './remote-accounts.store.js';
import { RefreshBatches } from './refresh-batches.store.js';
import { MassDisconnection } from './mass-disconnection.js';
import { MassSecrets } from './mass-secrets.js';
import { RevocationJobWorker } from './revocation-job-worker.js';
import { RevocationJob } from './revocation-job.entity.js';
import { RevocationJobs } from './revocation-jobs.store.js';
import { RevocationPart } from './revocation-part.entity.js';
import { RevocationWorker } from './revocation-worker.js';
import { Revocations } from './revocations.js';
import { Switching } from './switching.js';
import { UnconfirmedConnections } from './unconfirmed-connections.store.js';

const shown = [
  ActionTests,
  CallBudgets,
  Connections,
  ConnectionDirectory,
  ConnectionSettings,
  ConnectionRegistration,
  ConnectionImports,
  ConnectionExports,
  ConnectionRefreshes,
  DeletedConnections,
  Disconnection,
  ExpiryWarnings,
  FreshCredentials,
  AppCalls,
  Identities,
  LateAnswers,
  LiveChoices,
  RemoteAccounts,
  RevocationJobs,
  RevocationJobWorker,
  RevocationWorker,
  Revocations,
  UnconfirmedConnections,
];

@Module({
  imports: [
    TypeOrmModule.forFeature([CallBudget, Connection, DueRevocation, OrphanedAnswer, RevocationJob, RevocationPart]),
    VaultModule,
    AuditModule,
    EventsModule,
    CatalogModule,
    TenantsModule,
  ],
  providers: [
    ...shown,
    AppAnswers,
    ConnectionEstablishment,
    ConnectionTransitions,
    DueRevocations,
    ImportedCredentials,
    MassDisconnection,
    MassSecrets,
    RefreshBatches,
    Switching,
  ],
  exports: shown,
})
export class ConnectionsModule {}
