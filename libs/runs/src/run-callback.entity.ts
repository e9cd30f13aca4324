import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Run } from './run.entity.js';

/** A partner that is still to be told that a run has ended: a due row, written with the end and deleted with the last attempt. */
@Entity('run_callbacks')
@ForeignKey(() => Run, ['tenantId', 'id'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@Index('run_callbacks_due', ['dueAt'])
@Index('run_callbacks_in_turn', ['tenantId', 'dueAt'])
export class RunCallback {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** The run's id. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('integer', { default: 0 })
  attempts!: number;

  @Column('timestamptz')
  dueAt!: Date;

  @Column('timestamptz', { nullable: true })
  leaseUntil!: Date | null;

  @Column('text', { nullable: true })
  leaseOwner!: string | null;

  @Column('integer', { default: 0 })
  version!: number;
}
