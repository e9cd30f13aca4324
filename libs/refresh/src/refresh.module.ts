import { Module } from '@nestjs/common';
import { CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import { VaultModule } from '#libs/vault';
import { AnswerJournal } from './answer-journal.js';
import { AnswerStoring } from './answer-storing.js';
import { CircuitsModule } from './circuits.module.js';
import { ConnectionRefresh } from './connection-refresh.js';
import { RefreshApps } from './refresh-apps.js';
import { RefreshSettling } from './refresh-settling.js';
import { RefreshWorker } from './refresh-worker.js';
import { TokenRefresh } from './token-refresh.js';

@Module({
  imports: [CatalogModule, CircuitsModule, ConnectionsModule, VaultModule],
  providers: [
    AnswerJournal,
    AnswerStoring,
    ConnectionRefresh,
    RefreshApps,
    RefreshSettling,
    RefreshWorker,
    TokenRefresh,
  ],
  exports: [RefreshWorker],
})
export class RefreshModule {}
