import { Column, CreateDateColumn, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

/** A tenant's data key, wrapped by the keyring. Destroying the row makes every secret of the tenant unreadable. */
@Entity('data_keys')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
export class DataKey {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('integer')
  generation!: number;

  /** Id of the keyring key that wraps it. */
  @Column('text')
  keyId!: string;

  @Column('bytea')
  wrapped!: Buffer;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
