import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';
import { AdminKey } from './admin-key.entity.js';

/** Somebody who signed in to the console. What they reach is their key's, as it is at each request. */
@Entity('console_sessions')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@ForeignKey(() => AdminKey, ['tenantId', 'adminKeyId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
export class ConsoleSession {
  /** Of the key; the platform's for `ADMIN_TOKEN`. */
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** SHA-256 over the cookie's digest and that of `ADMIN_TOKEN`. */
  @PrimaryColumn('bytea')
  digest!: Buffer;

  /** Null for `ADMIN_TOKEN`. */
  @Column('uuid', { nullable: true })
  adminKeyId!: string | null;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('timestamptz')
  expiresAt!: Date;
}
