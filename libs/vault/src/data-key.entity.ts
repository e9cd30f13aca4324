import { Column, CreateDateColumn, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

/** A tenant's data key, wrapped by the keyring. The newest generation seals; the older ones open what they sealed. */
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

  /** Null: destroyed, and with it everything that it sealed. */
  @Column('bytea', { nullable: true })
  wrapped!: Buffer | null;

  /** How many values it has sealed, as far as processes have written it down: each does so every few seconds. */
  @Column('bigint', { default: 0 })
  seals!: string;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
