import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditChain } from './audit-chain.entity.js';
import { AuditChaining } from './audit-chaining.js';
import { AuditChains } from './audit-chains.store.js';
import { AuditEntry } from './audit-entry.entity.js';
import { Audit } from './audit.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([AuditEntry, AuditChain])],
  providers: [Audit, AuditChains, AuditChaining],
  exports: [Audit, AuditChains, AuditChaining],
})
export class AuditModule {}
