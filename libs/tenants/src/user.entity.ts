import { Column, CreateDateColumn, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from './tenant.entity.js';

/** A person in an org of a tenant, known by (tenant, org, subject) from the tenant's JWT; made at first sight (protocol.md C21). */
@Entity('users')
@Unique('users_subject_key', ['tenantId', 'org', 'subject'])
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
export class User {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  org!: string;

  @Column('text')
  subject!: string;

  /** What the tenant's JWTs call the person; for their own eyes, and no identity. */
  @Column('text', { nullable: true })
  displayName!: string | null;

  /** While it is set, nothing is issued for the user, and tokens are refused. */
  @Column('timestamptz', { nullable: true })
  disabledAt!: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
