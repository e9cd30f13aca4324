import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Client } from './client.entity.js';
import { Clients } from './clients.store.js';
import { DisabledStates } from './disabled-states.store.js';
import { Tenant } from './tenant.entity.js';
import { TenantErasure } from './tenant-erasure.js';
import { Tenants } from './tenants.service.js';
import { User } from './user.entity.js';
import { Users } from './users.store.js';

@Module({
  imports: [TypeOrmModule.forFeature([Tenant, Client, User])],
  providers: [Tenants, Clients, Users, DisabledStates, TenantErasure],
  exports: [Tenants, Clients, Users, DisabledStates, TenantErasure],
})
export class TenantsModule {}
