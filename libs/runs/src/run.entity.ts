import { Check, Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant, User } from '#libs/tenants';

/** `polling`: the third party took it and works on it. The last three are final and never change. */
export type RunState = 'queued' | 'running' | 'polling' | 'succeeded' | 'failed' | 'outcome_unknown';

/** One run of an action. Its inputs and its outcome are in the vault. */
@Entity('runs')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@ForeignKey(() => User, ['tenantId', 'userId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@Index('runs_of_user', ['tenantId', 'userId', 'createdAt'])
@Index('runs_created_at', ['createdAt'])
@Check('runs_state_check', `state IN ('queued', 'running', 'polling', 'succeeded', 'failed', 'outcome_unknown')`)
export class Run {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  userId!: string;

  @Column('uuid')
  appId!: string;

  @Column('text')
  actionKey!: string;

  /** Not a foreign key: a run outlives its connection. */
  @Column('uuid', { nullable: true })
  connectionId!: string | null;

  @Column('text')
  state!: RunState;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;
}
