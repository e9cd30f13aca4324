import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';
import type { SigningAlgorithm } from './key-pair.js';

/**
 * The keys of a tenant as one thing: its rotation policy, and the row that every change of a key locks first, so that changes happen one
 * after another.
 */
@Entity('signing_key_sets')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@Index('signing_key_sets_changed_at', ['changedAt'])
@Index('signing_key_sets_due_at', ['dueAt'], { where: 'due_at IS NOT NULL' })
export class SigningKeySet {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** Counts the changes of what is published or signs. */
  @Column('integer', { default: 1 })
  version!: number;

  @Column('timestamptz')
  changedAt!: Date;

  /** When the clock next changes a key: an activation, the end of an overlap, a scheduled rotation. */
  @Column('timestamptz', { nullable: true })
  dueAt!: Date | null;

  /** Of keys to come. */
  @Column('text')
  alg!: SigningAlgorithm;

  /** Null: on demand only. */
  @Column('integer', { nullable: true })
  rotateEveryDays!: number | null;

  @Column('integer')
  activateAfterSeconds!: number;

  @Column('integer')
  overlapSeconds!: number;
}
