import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { App } from '#libs/catalog';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

/** How the refreshes of a tenant's app fare. Open: no connection of it is refreshed but for a probe now and then. */
@Entity('refresh_circuits')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@ForeignKey(() => App, ['appId'], ['id'], { onDelete: 'CASCADE' })
export class RefreshCircuit {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  appId!: string;

  /** Connections whose refreshes failed since the last one that worked, until it opened. */
  @Column('uuid', { array: true })
  failing!: string[];

  /** The newest. */
  @Column('text')
  reason!: string;

  @Column('timestamptz', { nullable: true })
  openedAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  probeAt!: Date | null;
}
