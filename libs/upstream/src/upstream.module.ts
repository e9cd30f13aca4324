import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogModule } from '#libs/catalog';
import { VaultModule } from '#libs/vault';
import { UpstreamApp } from './upstream-app.entity.js';
import { UpstreamBudget } from './upstream-budget.entity.js';
import { UpstreamToken } from './upstream-token.entity.js';
import { Upstream } from './upstream.entity.js';
import { Upstreams } from './upstreams.store.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([Upstream, UpstreamApp, UpstreamToken, UpstreamBudget]),
    CatalogModule,
    VaultModule,
  ],
  providers: [Upstreams],
  exports: [Upstreams],
})
export class UpstreamModule {}
