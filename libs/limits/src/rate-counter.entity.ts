import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';

/** What all processes together have counted of one name in one window. It outlives its window for a moment only. */
@Entity('rate_counters')
@Index('rate_counters_window_start', ['windowStart'])
export class RateCounter {
  /** The platform, for what belongs to no tenant, such as an address. */
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('text')
  name!: string;

  @PrimaryColumn('timestamptz')
  windowStart!: Date;

  @Column('integer')
  count!: number;
}
