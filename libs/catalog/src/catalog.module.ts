import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { VaultModule } from '#libs/vault';
import { AppFolder } from './app-folder.js';
import { App } from './app.entity.js';
import { Apps } from './apps.store.js';
import { TenantApp } from './tenant-app.entity.js';
import { TenantCatalog } from './tenant-catalog.js';

@Module({
  imports: [TypeOrmModule.forFeature([App, TenantApp]), VaultModule],
  providers: [Apps, AppFolder, TenantCatalog],
  exports: [Apps, AppFolder, TenantCatalog],
})
export class CatalogModule {}
