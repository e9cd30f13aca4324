import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { RevocationJob } from './revocation-job.entity.js';
import type { RevocationState } from './revocations.js';

/** A connection that a mass disconnection took away, and how its third party took it. */
@Entity('revocation_parts')
@ForeignKey(() => RevocationJob, ['tenantId', 'jobId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@Index('revocation_parts_job', ['tenantId', 'jobId'])
@Check('revocation_parts_outcome_check', `outcome IN ('pending', 'revoked', 'failed', 'unsupported')`)
export class RevocationPart {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  connectionId!: string;

  @Column('uuid')
  jobId!: string;

  @Column('uuid')
  appId!: string;

  @Column('text')
  outcome!: RevocationState;
}
