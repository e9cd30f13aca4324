import { Module } from '@nestjs/common';
import { AdminKeysModule } from '#libs/admin-keys';
import { AuditModule } from '#libs/audit';
import { CatalogModule } from '#libs/catalog';
import { ConnectionsModule } from '#libs/connections';
import { TenantsModule } from '#libs/tenants';
import { ConnectionActionsController } from './connection-actions.controller.js';
import { ConnectionsController } from './connections.controller.js';
import { ConnectionsImport } from './connections.import.js';

/** The operator's view of a tenant's connections. */
@Module({
  imports: [AdminKeysModule, AuditModule, CatalogModule, ConnectionsModule, TenantsModule],
  controllers: [ConnectionsController, ConnectionActionsController],
  providers: [ConnectionsImport],
})
export class AdminConnectionsModule {}
