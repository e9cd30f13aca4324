import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '#libs/audit';
import { AdminCredentials } from './admin-credentials.js';
import { AdminKey } from './admin-key.entity.js';
import { AdminKeys } from './admin-keys.js';
import { AdminKeyStore } from './admin-keys.store.js';
import { ConsoleSession } from './console-session.entity.js';
import { ConsoleSessions } from './console-sessions.js';

@Module({
  imports: [TypeOrmModule.forFeature([AdminKey, ConsoleSession]), AuditModule],
  providers: [AdminCredentials, AdminKeys, AdminKeyStore, ConsoleSessions],
  exports: [AdminCredentials, AdminKeys, AdminKeyStore, ConsoleSessions],
})
export class AdminKeysModule {}
