import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogModule } from '#libs/catalog';
import { VaultModule } from '#libs/vault';
import { AppCalls } from './app-calls.js';
import { Connection } from './connection.entity.js';
import { Connections } from './connections.store.js';
import { Identities } from './identities.js';
import { LiveChoices } from './live-choices.js';
import { Revocations } from './revocations.js';

@Module({
  imports: [TypeOrmModule.forFeature([Connection]), VaultModule, CatalogModule],
  providers: [Connections, AppCalls, Identities, LiveChoices, Revocations],
  exports: [Connections, AppCalls, Identities, LiveChoices, Revocations],
})
export class ConnectionsModule {}
