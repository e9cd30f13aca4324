import { Module } from '@nestjs/common';
import { CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import { RefreshWorker } from './refresh-worker.js';
import { TokenRefresh } from './token-refresh.js';

@Module({
  imports: [CatalogModule, ConnectionsModule],
  providers: [RefreshWorker, TokenRefresh],
  exports: [RefreshWorker],
})
export class RefreshModule {}
