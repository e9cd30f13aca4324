import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';
import { DataKey } from './data-key.entity.js';

/** One sealed value. (kind, row_id, field) say whose it is; with the tenant and the version they are its associated data. */
@Entity('vault_secrets')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@ForeignKey(() => DataKey, ['tenantId', 'generation'], ['tenantId', 'generation'])
@Index('vault_secrets_generation', ['tenantId', 'generation'])
export class VaultSecret {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('text')
  kind!: string;

  @PrimaryColumn('text')
  rowId!: string;

  @PrimaryColumn('text')
  field!: string;

  /** Counts the values that stood here: what an update must name to replace one. */
  @Column('integer')
  version!: number;

  /** Of the data key that sealed it, which can't be deleted while it does. */
  @Column('integer')
  generation!: number;

  /** nonce ‖ ciphertext ‖ tag */
  @Column('bytea')
  sealed!: Buffer;
}
