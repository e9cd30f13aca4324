import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

/** A key to the admin API. The platform's reach everything, a tenant's that tenant alone. A key that was revoked stays on the list. */
@Entity('admin_keys')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@Index('admin_keys_digest_key', ['tenantId', 'digest'], { unique: true })
export class AdminKey {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  id!: string;

  /** SHA-256 of the key. */
  @Column('bytea')
  digest!: Buffer;

  @Column('text')
  name!: string;

  @Column('boolean')
  readOnly!: boolean;

  @Column('timestamptz', { nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  lastUsedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  revokedAt!: Date | null;

  @Column('timestamptz')
  createdAt!: Date;
}
