import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '#libs/audit';
import { CatalogModule } from '#libs/catalog';
import { VaultModule } from '#libs/vault';
import { AppCalls } from './app-calls.js';
import { ConnectionRefreshes } from './connection-refreshes.store.js';
import { Connection } from './connection.entity.js';
import { Connections } from './connections.store.js';
import { FreshCredentials } from './fresh-credentials.js';
import { Identities } from './identities.js';
import { LiveChoices } from './live-choices.js';
import { OrphanedAnswer } from './orphaned-answer.entity.js';
import { Revocations } from './revocations.js';

@Module({
  imports: [TypeOrmModule.forFeature([Connection, OrphanedAnswer]), VaultModule, AuditModule, CatalogModule],
  providers: [Connections, ConnectionRefreshes, FreshCredentials, AppCalls, Identities, LiveChoices, Revocations],
  exports: [Connections, ConnectionRefreshes, FreshCredentials, AppCalls, Identities, LiveChoices, Revocations],
})
export class ConnectionsModule {}
