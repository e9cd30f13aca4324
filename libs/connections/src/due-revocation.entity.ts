import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { App } from '#libs/catalog';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

/**
 * A disconnected connection whose third party has not been told yet. Whoever has told it deletes the row; a row that is due was left
 * behind by a process that died, or could not be told then. What is to be revoked is in the vault until then.
 */
@Entity('due_revocations')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@ForeignKey(() => App, ['appId'], ['id'])
@Index('due_revocations_due_at', ['dueAt'])
@Index('due_revocations_due_of_app', ['tenantId', 'appId', 'dueAt'])
export class DueRevocation {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  connectionId!: string;

  @Column('uuid')
  appId!: string;

  /** Who disconnected it, and from where: for the audit. */
  @Column('text')
  actor!: string;

  @Column('text', { nullable: true })
  address!: string | null;

  @Column('timestamptz')
  dueAt!: Date;

  /** Tries after which it was put off. */
  @Column('integer', { default: 0 })
  attempts!: number;
}
