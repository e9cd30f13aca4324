import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';

/** Where a tenant's chain ends, for whoever adds the next link. It outlives the tenant as its entries do. */
@Entity('audit_chains')
@Index('audit_chains_checkpoint_due', ['checkpointDueAt'], { where: 'checkpoint_due_at IS NOT NULL' })
export class AuditChain {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** Of the newest link; 0 before the first. */
  @Column('integer', { default: 0 })
  sequence!: number;

  @Column('bytea')
  hash!: Buffer;

  /** Of the newest checkpoint; 0 before the first. */
  @Column('integer', { default: 0 })
  checkpointSequence!: number;

  /** Null: nothing was added since the last one. */
  @Column('timestamptz', { nullable: true })
  checkpointDueAt!: Date | null;
}
