import { Check, Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant, User } from '#libs/tenants';

/** `polling`: the third party took it and works on it. The last four are final and never change. */
export type RunState = 'queued' | 'running' | 'polling' | EndState;
export type EndState = 'succeeded' | 'failed' | 'cancelled' | 'outcome_unknown';

/** One run of an action. Its inputs and its outcome are in the vault. */
@Entity('runs')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@ForeignKey(() => User, ['tenantId', 'userId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@Index('runs_of_user', ['tenantId', 'userId', 'createdAt'])
@Index('runs_expires_at', ['expiresAt'])
@Check(
  'runs_state_check',
  `state IN ('queued', 'running', 'polling', 'succeeded', 'failed', 'cancelled', 'outcome_unknown')`,
)
export class Run {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  userId!: string;

  @Column('uuid')
  appId!: string;

  /** Of the app's document, which the run keeps to its end. */
  @Column('integer')
  appVersion!: number;

  @Column('text')
  actionKey!: string;

  /** `local`, or the name of the upstream that carries it out: it may be gone before the run. */
  @Column('text', { default: 'local' })
  source!: string;

  /** Not a foreign key: a run outlives its connection. */
  @Column('uuid', { nullable: true })
  connectionId!: string | null;

  @Column('text')
  state!: RunState;

  /** The client that is called back when the run ends; null: none is. The URL is in the vault. */
  @Column('text', { nullable: true })
  callbackClientId!: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;

  /** From then on there is no such run: as long after its creation as its tenant keeps runs. */
  @Column('timestamptz')
  expiresAt!: Date;
}
