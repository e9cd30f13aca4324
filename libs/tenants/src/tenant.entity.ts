import { Check, Column, CreateDateColumn, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { TenantId } from '#libs/database';

/** `strict`: a connection is usable only after the partner's confirm call. `zapier`: at once, for code that knows no such call. */
export type ConnectPolicy = 'strict' | 'zapier';
export type JtiPolicy = 'optional' | 'required';

/** A SaaS company that embeds us. Small and rarely written: no counters and no last-seen here. */
@Entity('tenants')
@Unique('tenants_slug_key', ['slug'])
@Index('tenants_deleted_at', ['deletedAt'], { where: 'deleted_at IS NOT NULL' })
@Check('tenants_connect_policy_check', `connect_policy IN ('strict', 'zapier')`)
@Check('tenants_color_check', `color ~ '^#[0-9a-f]{6}$'`)
@Check('tenants_run_retention_days_check', 'run_retention_days BETWEEN 2 AND 90')
@Check('tenants_jti_policy_check', `jti_policy IN ('optional', 'required')`)
export class Tenant {
  @PrimaryColumn('uuid')
  id!: TenantId;

  @Column('text')
  slug!: string;

  @Column('text')
  name!: string;

  /** `iss` of its JWTs, compared exactly. */
  @Column('text')
  issuer!: string;

  /** `aud` that its JWTs must name. */
  @Column('text')
  audience!: string;

  @Column('text', { default: 'sub' })
  userClaim!: string;

  @Column('text', { default: 'org_id' })
  orgClaim!: string;

  /** Longest accepted `exp` − `iat`, in seconds. */
  @Column('integer', { default: 300 })
  maxTokenAgeSeconds!: number;

  @Column('text', { default: 'optional' })
  jtiPolicy!: JtiPolicy;

  @Column('text', { default: 'strict' })
  connectPolicy!: ConnectPolicy;

  /** Exact redirect URIs (RFC 9700 §2.1). */
  @Column('text', { array: true, default: '{}' })
  redirectUris!: string[];

  /** Origins whose pages may open Connect and hold browser tokens. */
  @Column('text', { array: true, default: '{}' })
  origins!: string[];

  @Column('text', { nullable: true })
  loginUrl!: string | null;

  /** For the Connect page. Fetched by the browser alone: an https URL. */
  @Column('text', { nullable: true })
  logoUrl!: string | null;

  /** `#rrggbb`, of buttons on the Connect page. */
  @Column('text', { nullable: true })
  color!: string | null;

  /** For how long runs are kept, with their inputs and results. */
  @Column('integer', { default: 7 })
  runRetentionDays!: number;

  /** While it is set, its clients and tokens are refused. */
  @Column('timestamptz', { nullable: true })
  disabledAt!: Date | null;

  /** While it is set, the tenant is there for nobody: its rows are being deleted, this one last. */
  @Column('timestamptz', { nullable: true })
  deletedAt!: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
