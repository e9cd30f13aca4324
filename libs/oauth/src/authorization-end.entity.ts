import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant, type DisabledKind } from '#libs/tenants';

/**
 * What users had allowed before a tenant, a client or a user was disabled is over: one row, however many grants and consents that are. The
 * rows of those are deleted later.
 */
@Entity('authorization_ends')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@Index('authorization_ends_unswept', ['endedAt'], { where: 'NOT swept' })
@Check('authorization_ends_kind_check', `kind IN ('user', 'client', 'tenant')`)
export class AuthorizationEnd {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('text')
  kind!: DisabledKind;

  @PrimaryColumn('text')
  subject!: string;

  /** Whatever was made before this is over. */
  @Column('timestamptz')
  endedAt!: Date;

  /** Whether its rows are gone. */
  @Column('boolean', { default: false })
  swept!: boolean;
}
