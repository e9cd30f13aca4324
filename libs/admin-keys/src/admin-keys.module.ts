import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '#libs/audit';
import { AdminKey } from './admin-key.entity.js';
import { AdminKeys } from './admin-keys.js';
import { AdminKeyStore } from './admin-keys.store.js';

@Module({
  imports: [TypeOrmModule.forFeature([AdminKey]), AuditModule],
  providers: [AdminKeys, AdminKeyStore],
  exports: [AdminKeys, AdminKeyStore],
})
export class AdminKeysModule {}
