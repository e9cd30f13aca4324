import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { App } from '#libs/catalog';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

/** How long an action takes at its third party once that has accepted it. */
@Entity('action_durations')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@ForeignKey(() => App, ['appId'], ['id'], { onDelete: 'CASCADE' })
export class ActionDuration {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  appId!: string;

  @PrimaryColumn('text')
  actionKey!: string;

  /** Runs by duration: see `UsualDuration`. Older ones count less. */
  @Column('real', { array: true })
  counts!: number[];

  @Column('timestamptz')
  halvedAt!: Date;
}
