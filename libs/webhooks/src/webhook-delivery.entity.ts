import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import type { EventPayload, SubscribableType } from '#libs/events';
import { Tenant } from '#libs/tenants';

export const deliveryStates = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/**
 * One event for one endpoint: a due row while it is pending, then a line of the log. Written by the statement that records the event, with
 * all that is told, since it is kept for longer. No foreign key leads to the webhook: what happens must not fail because one goes at that moment.
 */
@Entity('webhook_deliveries')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@Index('webhook_deliveries_due', ['dueAt'], { where: 'due_at IS NOT NULL' })
@Index('webhook_deliveries_in_turn', ['webhookId', 'dueAt'], { where: 'due_at IS NOT NULL' })
@Index('webhook_deliveries_in_order', ['tenantId', 'webhookId', 'subject', 'sequence'], {
  where: 'due_at IS NOT NULL',
})
@Index('webhook_deliveries_leased', ['leaseOwner'], { where: 'lease_owner IS NOT NULL' })
@Index('webhook_deliveries_created_at', ['createdAt'])
@Check(
  'webhook_deliveries_state_check',
  `state = 'pending' AND due_at IS NOT NULL OR state IN ('delivered', 'failed') AND due_at IS NULL`,
)
export class WebhookDelivery {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  webhookId!: string;

  /** The event's: the `webhook-id` that the endpoint sees, the same at each attempt. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  type!: SubscribableType | 'webhook.test';

  /** What it happened to. Deliveries about one subject are made in the order of `sequence`. */
  @Column('uuid')
  subject!: string;

  @Column('integer')
  sequence!: number;

  @Column('jsonb')
  payload!: EventPayload;

  /** When it happened. */
  @Column('timestamptz')
  createdAt!: Date;

  @Column('text', { default: 'pending' })
  state!: DeliveryState;

  /** Since it was last asked for: a replay begins anew. */
  @Column('integer', { default: 0 })
  attempts!: number;

  @Column('timestamptz', { nullable: true })
  attemptedAt!: Date | null;

  /** Of the last attempt; null when none came. */
  @Column('smallint', { nullable: true })
  responseStatus!: number | null;

  /** A sentence for people: why the last attempt failed. */
  @Column('text', { nullable: true })
  error!: string | null;

  @Column('timestamptz', { nullable: true })
  dueAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  leaseUntil!: Date | null;

  @Column('text', { nullable: true })
  leaseOwner!: string | null;

  @Column('integer', { default: 0 })
  version!: number;
}
