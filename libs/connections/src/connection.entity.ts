import { Check, Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { App } from '#libs/catalog';
import type { TenantId } from '#libs/database';
import { Tenant, User } from '#libs/tenants';

/**
 * `pending`: consented, not confirmed by the partner yet · `connected` · `degraded`: refresh fails for now, the token may still work ·
 * `needs_reauth`: only the user can mend it · `disabled`: switched off by its owner · `deleted`: disconnected, its secrets are gone; for
 * everybody but the operator it is not there.
 */
export const connectionStatuses = ['pending', 'connected', 'degraded', 'needs_reauth', 'disabled', 'deleted'] as const;
export type ConnectionStatus = (typeof connectionStatuses)[number];

/** Who may use a connection besides its owner: nobody, the users of the owner's org, or all users of the tenant. */
export const connectionSharings = ['private', 'org', 'tenant'] as const;
export type ConnectionSharing = (typeof connectionSharings)[number];

/** A user's authenticated account in an app. Its credentials are in the vault. A due row: `due_at` is when its token is to be refreshed. */
@Entity('connections')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@ForeignKey(() => User, ['tenantId', 'userId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@ForeignKey(() => App, ['appId'], ['id'])
@Index('connections_due', ['dueAt'], { where: 'due_at IS NOT NULL' })
@Index('connections_due_of_tenant', ['tenantId', 'dueAt'], { where: 'due_at IS NOT NULL' })
@Index('connections_leased', ['leaseOwner'], { where: 'lease_owner IS NOT NULL' })
@Index('connections_of_user', ['tenantId', 'userId', 'appId'])
@Index('connections_pending', ['statusSince'], { where: `status = 'pending'` })
@Index('connections_deleted', ['statusSince'], { where: `status = 'deleted'` })
@Index('connections_warnings', ['warnAt'], { where: 'warn_at IS NOT NULL' })
@Index('connections_with_others', ['tenantId', 'appId'], { where: `sharing <> 'private'` })
@Index('connections_one_default_per_user_and_app', ['tenantId', 'userId', 'appId'], {
  unique: true,
  where: 'is_default',
})
@Index('connections_one_per_external_id', ['tenantId', 'externalId'], {
  unique: true,
  where: `external_id IS NOT NULL AND status <> 'deleted'`,
})
@Check('connections_sharing_check', `sharing IN ('private', 'org', 'tenant')`)
@Check(
  'connections_status_check',
  `status IN ('pending', 'connected', 'degraded', 'needs_reauth', 'disabled', 'deleted')`,
)
export class Connection {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  userId!: string;

  @Column('uuid')
  appId!: string;

  @Column('text')
  title!: string;

  @Column('text')
  status!: ConnectionStatus;

  @Column('text', { nullable: true })
  statusReason!: string | null;

  @Column('timestamptz')
  statusSince!: Date;

  /** The account at the third party, as its identity operation names it. */
  @Column('text', { nullable: true })
  accountId!: string | null;

  @Column('text', { nullable: true })
  accountTitle!: string | null;

  @Column('text', { array: true, default: '{}' })
  scopes!: string[];

  /** End of the access token; null when the third party names none. */
  @Column('timestamptz', { nullable: true })
  expiresAt!: Date | null;

  /** When the current access token was obtained. */
  @Column('timestamptz')
  lastRefreshedAt!: Date;

  /** Refreshes that failed in a row. */
  @Column('integer', { default: 0 })
  refreshFailures!: number;

  /** The first of them. */
  @Column('timestamptz', { nullable: true })
  failingSince!: Date | null;

  /** When a refresh token was last presented whose answer is not known: on its way, or lost. */
  @Column('timestamptz', { nullable: true })
  attemptAt!: Date | null;

  /** When the same token was presented first. */
  @Column('timestamptz', { nullable: true })
  firstAttemptAt!: Date | null;

  /** Version of the credentials that it is of, in the vault. */
  @Column('integer', { nullable: true })
  attemptVersion!: number | null;

  /** How often it was presented. */
  @Column('integer', { default: 0 })
  attempts!: number;

  /** The longest that it may go without a refresh, as its app asks; null for as long as its token lives. */
  @Column('integer', { nullable: true })
  keepAliveSeconds!: number | null;

  @Column('text', { default: 'private' })
  sharing!: ConnectionSharing;

  /** Of the owner's connections of this app, the one to take where none is named. */
  @Column('boolean', { default: false })
  isDefault!: boolean;

  /** What the system that it was imported from calls it. */
  @Column('text', { nullable: true })
  externalId!: string | null;

  /** While it is disabled, what it was before. */
  @Column('text', { nullable: true })
  disabledFrom!: ConnectionStatus | null;

  /** When to say that its access token ends and can't be renewed; null where it can, or was said. */
  @Column('timestamptz', { nullable: true })
  warnAt!: Date | null;

  /** Of the last event about it. */
  @Column('integer', { default: 0 })
  eventSequence!: number;

  @Column('jsonb', { default: {} })
  metadata!: Record<string, unknown>;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { nullable: true })
  dueAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  leaseUntil!: Date | null;

  @Column('text', { nullable: true })
  leaseOwner!: string | null;

  /** The fence: every write of a claim's result names it. */
  @Column('integer', { default: 0 })
  version!: number;
}
