import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Client, User } from '#libs/tenants';

/** What a user allowed a client. Its code, access tokens and refresh tokens name it, and end with it. */
@Entity('authorization_grants')
@ForeignKey(() => Client, ['tenantId', 'clientId'], ['tenantId', 'clientId'], { onDelete: 'CASCADE' })
@ForeignKey(() => User, ['tenantId', 'userId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@Index('authorization_grants_user', ['tenantId', 'userId'])
@Index('authorization_grants_client', ['tenantId', 'clientId'])
@Index('authorization_grants_expires_at', ['expiresAt'], { where: 'expires_at IS NOT NULL' })
export class AuthorizationGrant {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  clientId!: string;

  @Column('uuid')
  userId!: string;

  @Column('text', { array: true })
  scopes!: string[];

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  revokedAt!: Date | null;

  /** When nothing of it can be alive any more. Null while it has a refresh token, which does not expire. */
  @Column('timestamptz', { nullable: true })
  expiresAt!: Date | null;
}
