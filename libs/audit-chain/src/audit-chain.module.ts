import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '#libs/audit';
import { SigningKeysModule } from '#libs/signing-keys';
import { AuditCheckpoint } from './audit-checkpoint.entity.js';
import { AuditCheckpoints } from './audit-checkpoints.store.js';
import { AuditVerification } from './audit-verification.js';
import { Checkpointing } from './checkpointing.js';
import { CheckpointStatements } from './checkpoint-statements.js';

@Module({
  imports: [TypeOrmModule.forFeature([AuditCheckpoint]), AuditModule, SigningKeysModule],
  providers: [AuditCheckpoints, AuditVerification, Checkpointing, CheckpointStatements],
  exports: [AuditVerification, Checkpointing],
})
export class AuditChainModule {}
