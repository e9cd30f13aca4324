import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

/** Where the browser of a request that has ended was sent: a form that is sent twice gets one answer, and one code. */
@Entity('authorization_answers')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@Index('authorization_answers_expires_at', ['expiresAt'])
export class AuthorizationAnswer {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** Of the request, which is gone. */
  @PrimaryColumn('uuid')
  requestId!: string;

  /** Of the cookie of the browser that was answered. */
  @Column('bytea')
  cookieDigest!: Buffer;

  /** The URL, sealed: it holds a code. */
  @Column('text')
  location!: string;

  @Column('timestamptz')
  expiresAt!: Date;
}
