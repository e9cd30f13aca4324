import { Module } from '@nestjs/common';
import { CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import { RefreshWorker } from './refresh-worker.js';

@Module({
  imports: [CatalogModule, ConnectionsModule],
  providers: [RefreshWorker],
  exports: [RefreshWorker],
})
export class RefreshModule {}
