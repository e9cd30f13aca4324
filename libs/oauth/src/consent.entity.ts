import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Client, User } from '#libs/tenants';

/** What a user has allowed a client so far, and need not be asked again. */
@Entity('consents')
@ForeignKey(() => Client, ['tenantId', 'clientId'], ['tenantId', 'clientId'], { onDelete: 'CASCADE' })
@ForeignKey(() => User, ['tenantId', 'userId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@Index('consents_client', ['tenantId', 'clientId'])
export class Consent {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  userId!: string;

  @PrimaryColumn('text')
  clientId!: string;

  @Column('text', { array: true })
  scopes!: string[];

  @Column('timestamptz')
  givenAt!: Date;
}
