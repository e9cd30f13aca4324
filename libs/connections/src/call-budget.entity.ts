import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { App } from '#libs/catalog';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

/** What is booked of the calls that an app answers an account, by all workers together. */
@Entity('call_budgets')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@ForeignKey(() => App, ['appId'], ['id'], { onDelete: 'CASCADE' })
@Index('call_budgets_paused', ['pausedUntil'], { where: '(paused_until IS NOT NULL)' })
@Index('call_budgets_booked', ['bookedUntil'])
export class CallBudget {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  appId!: string;

  /** The third party's name of the account, or the connection's id; empty where all calls with the tenant's client count together. */
  @PrimaryColumn('text')
  account!: string;

  /** Seconds since the epoch. Up to then, calls at the app's steady rate are booked. */
  @Column('double precision')
  bookedUntil!: number;

  /** Seconds since the epoch: the app answered 429, and nobody calls it for this account before. */
  @Column('double precision', { nullable: true })
  pausedUntil!: number | null;
}
