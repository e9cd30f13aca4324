import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { App } from '#libs/catalog';
import type { TenantId } from '#libs/database';
import { Tenant, User } from '#libs/tenants';

/** A link that begins attempts for one user and app until one of them succeeds, for "connect it from this e-mail". Holds a digest only. */
@Entity('connect_links')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@ForeignKey(() => User, ['tenantId', 'userId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@ForeignKey(() => App, ['appId'], ['id'])
@Index('connect_links_digest', ['tenantId', 'digest'], { unique: true })
@Index('connect_links_of_user', ['tenantId', 'userId'])
@Index('connect_links_expires_at', ['expiresAt'])
export class ConnectLink {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  userId!: string;

  @Column('uuid')
  appId!: string;

  /** What the partner calls the user. */
  @Column('text', { nullable: true })
  userTitle!: string | null;

  @Column('bytea')
  digest!: Buffer;

  @Column('text', { nullable: true })
  redirectUri!: string | null;

  @Column('uuid', { nullable: true })
  reconnectId!: string | null;

  /** How many attempts it has begun. */
  @Column('integer', { default: 0 })
  opened!: number;

  /** When one of them succeeded. */
  @Column('timestamptz', { nullable: true })
  usedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  revokedAt!: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz')
  expiresAt!: Date;
}
