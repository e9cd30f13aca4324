import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { TrustedKeySet } from './trusted-key-set.entity.js';

/** A key that is in a tenant's set: since when, and when it last verified a signature. Gone with the key. */
@Entity('trusted_key_uses')
@ForeignKey(() => TrustedKeySet, ['tenantId'], ['tenantId'], { onDelete: 'CASCADE' })
export class TrustedKeyUse {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('text')
  kid!: string;

  @Column('timestamptz')
  firstSeenAt!: Date;

  @Column('timestamptz', { nullable: true })
  lastUsedAt!: Date | null;
}
