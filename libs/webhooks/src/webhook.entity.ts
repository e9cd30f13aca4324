import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import type { SubscribableType } from '#libs/events';
import { Tenant } from '#libs/tenants';

/** Who switches an endpoint. */
export type WebhookParty = 'owner' | 'operator';
/** `gone`: the endpoint answered 410 · `failing`: it failed for days. */
export type EndpointFault = 'gone' | 'failing';
export type DisabledReason = WebhookParty | EndpointFault;

/** An endpoint of a tenant's, and what it wants to be told. Its URL and its secrets are in the vault. */
@Entity('webhooks')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@Check(
  'webhooks_disabled_check',
  `disabled_reason IN ('owner', 'operator', 'gone', 'failing') AND disabled_at IS NOT NULL OR disabled_reason IS NULL AND disabled_at IS NULL`,
)
export class Webhook {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  id!: string;

  /** Null: all that there are, and those to come. */
  @Column('text', { array: true, nullable: true })
  types!: SubscribableType[] | null;

  @Column('timestamptz', { nullable: true })
  disabledAt!: Date | null;

  @Column('text', { nullable: true })
  disabledReason!: DisabledReason | null;

  /** Since then no delivery has arrived. */
  @Column('timestamptz', { nullable: true })
  failingSince!: Date | null;

  /** The endpoint asked for a pause (Retry-After). */
  @Column('timestamptz', { nullable: true })
  pausedUntil!: Date | null;

  /** Of the last event about the webhook itself. */
  @Column('integer', { default: 0 })
  eventSequence!: number;

  @Column('timestamptz')
  createdAt!: Date;
}
