import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Run } from './run.entity.js';

/** What is still to be done for a run: a due row, deleted when the run ends, so that the table stays as small as the work under way. */
@Entity('run_jobs')
@ForeignKey(() => Run, ['tenantId', 'id'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@Index('run_jobs_due', ['dueAt'])
@Check('run_jobs_phase_check', `phase IN ('execute', 'poll')`)
export class RunJob {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** The run's id. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  phase!: 'execute' | 'poll';

  /** Committed before the request is sent: a worker that finds it set does not know whether the request arrived. */
  @Column('timestamptz', { nullable: true })
  sentAt!: Date | null;

  @Column('integer', { default: 0 })
  polls!: number;

  /** Times that the third party answered 401; the token is refreshed once for it. */
  @Column('integer', { default: 0 })
  unauthorized!: number;

  @Column('timestamptz')
  deadline!: Date;

  @Column('timestamptz')
  dueAt!: Date;

  @Column('timestamptz', { nullable: true })
  leaseUntil!: Date | null;

  @Column('text', { nullable: true })
  leaseOwner!: string | null;

  @Column('integer', { default: 0 })
  version!: number;
}
