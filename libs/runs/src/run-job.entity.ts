import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Run } from './run.entity.js';

/** What is still to be done for a run: a due row, deleted when the run ends, so that the table stays as small as the work under way. */
@Entity('run_jobs')
@ForeignKey(() => Run, ['tenantId', 'id'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@Index('run_jobs_due', ['dueAt'])
@Index('run_jobs_in_turn', ['tenantId', 'appId', 'orgHash', 'dueAt'])
@Index('run_jobs_leased', ['leaseOwner'], { where: '(lease_owner IS NOT NULL)' })
@Check('run_jobs_phase_check', `phase IN ('execute', 'poll')`)
export class RunJob {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** The run's id. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  appId!: string;

  /** Of the user's org: only to tell orgs apart. */
  @Column('integer', { default: 0 })
  orgHash!: number;

  @Column('text')
  phase!: 'execute' | 'poll';

  /** Committed before the request is sent: a worker that finds it set does not know whether the request arrived. */
  @Column('timestamptz', { nullable: true })
  sentAt!: Date | null;

  /** Times that the action's request was about to be sent. */
  @Column('integer', { default: 0 })
  attempts!: number;

  /** Looks, the one that the first answer is included. */
  @Column('integer', { default: 0 })
  polls!: number;

  /** Troubles one after the other, since the last answer that made sense. */
  @Column('integer', { default: 0 })
  faults!: number;

  /** Times that the third party answered 401; the token is refreshed once for it. */
  @Column('integer', { default: 0 })
  unauthorized!: number;

  /** From then on it may make its next call: a place in the app's budget of calls, booked for it alone. */
  @Column('timestamptz', { nullable: true })
  slotAt!: Date | null;

  /** When the third party took it and went on by itself. */
  @Column('timestamptz', { nullable: true })
  acceptedAt!: Date | null;

  /** Last time that it was seen to be unfinished. */
  @Column('timestamptz', { nullable: true })
  lookedAt!: Date | null;

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
