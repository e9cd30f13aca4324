import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';

/** That a tenant's data keys were destroyed. It outlives the tenant: when a backup brings the keys back, it says that they must go again. */
@Entity('tombstones')
@Index('tombstones_changed_at', ['changedAt'])
export class Tombstone {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  /** Of the tenant, for whoever reads the list. Another tenant may have it by now. */
  @Column('text')
  slug!: string;

  @Column('timestamptz')
  shreddedAt!: Date;

  /** When it came into this database, by the database's own clock. */
  @Column('timestamptz')
  changedAt!: Date;
}
