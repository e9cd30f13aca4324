import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';

/** That there is a key of this generation for values that we hand out. The key itself is a secret of the platform's, in the vault. */
@Entity('sealing_keys')
export class SealingKey {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('integer')
  generation!: number;

  @Column('timestamptz')
  createdAt!: Date;
}
