import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '#libs/audit';
import { VaultModule } from '#libs/vault';
import { AppDefinitions } from './app-definitions.store.js';
import { AppFolder } from './app-folder.js';
import { AdoptedApps } from './adopted-apps.store.js';
import { App } from './app.entity.js';
import { AppOperation } from './app-operation.entity.js';
import { AppVersion } from './app-version.entity.js';
import { Apps } from './apps.store.js';
import { DocumentReader } from './document-reader.js';
import { TenantApp } from './tenant-app.entity.js';
import { TenantCatalog } from './tenant-catalog.js';

@Module({
  imports: [TypeOrmModule.forFeature([App, AppVersion, AppOperation, TenantApp]), AuditModule, VaultModule],
  providers: [AdoptedApps, Apps, AppDefinitions, AppFolder, DocumentReader, TenantCatalog],
  exports: [AdoptedApps, Apps, AppFolder, TenantCatalog],
})
export class CatalogModule {}
