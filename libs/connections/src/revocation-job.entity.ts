import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

/** `running`: connections are being disconnected · `done`: all are, though third parties may still be on their way to being told. */
export type RevocationJobState = 'running' | 'done';

/** A mass disconnection. A due row until it is done: each batch moves `after` in the transaction in which it disconnects. */
@Entity('revocation_jobs')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@Index('revocation_jobs_due', ['dueAt'], { where: 'due_at IS NOT NULL' })
@Index('revocation_jobs_finished', ['finishedAt'], { where: 'finished_at IS NOT NULL' })
@Check('revocation_jobs_state_check', `state IN ('running', 'done')`)
export class RevocationJob {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** Connections with an older id only: those that were there when it was asked for. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { nullable: true })
  appId!: string | null;

  @Column('text', { nullable: true })
  org!: string | null;

  /** As the tenant names the user. */
  @Column('text', { nullable: true })
  subject!: string | null;

  /** Only what was connected before. */
  @Column('timestamptz', { nullable: true })
  before!: Date | null;

  @Column('text')
  state!: RevocationJobState;

  /** How many there were when it was asked for. */
  @Column('integer')
  total!: number;

  @Column('integer', { default: 0 })
  disconnected!: number;

  /** The last connection of the batch before; null at the beginning of a pass. */
  @Column('uuid', { nullable: true })
  after!: string | null;

  @Column('text')
  actor!: string;

  @Column('text', { nullable: true })
  address!: string | null;

  @Column('text', { nullable: true })
  requestId!: string | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  finishedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  dueAt!: Date | null;
}
