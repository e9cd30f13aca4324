import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

/** A `jti` that was used, kept until the token it stood in has expired (RFC 7523 §3 item 7). */
@Entity('jti_uses')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@Index('jti_uses_expires_at', ['expiresAt'])
export class JtiUse {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** SHA-256 of the jti, then the name of the token type that was asked for: one token may be traded once for each type. */
  @PrimaryColumn('bytea')
  digest!: Buffer;

  @Column('timestamptz')
  expiresAt!: Date;
}
