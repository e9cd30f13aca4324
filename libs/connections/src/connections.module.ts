import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { VaultModule } from '#libs/vault';
import { AppCalls } from './app-calls.js';
import { Connection } from './connection.entity.js';
import { Connections } from './connections.store.js';
import { Identities } from './identities.js';
import { LiveChoices } from './live-choices.js';

@Module({
  imports: [TypeOrmModule.forFeature([Connection]), VaultModule],
  providers: [Connections, AppCalls, Identities, LiveChoices],
  exports: [Connections, AppCalls, Identities, LiveChoices],
})
export class ConnectionsModule {}
