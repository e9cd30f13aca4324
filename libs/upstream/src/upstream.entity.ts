import {
  Check,
  Column,
  CreateDateColumn,
  Entity,
  ForeignKey,
  Index,
  PrimaryColumn,
  Unique,
  UpdateDateColumn,
} from 'typeorm';
import type { TenantId } from '#libs/database';
import { Tenant } from '#libs/tenants';

/**
 * How we get in there: `jwt` signs a JWT for each user and exchanges it (White Label) · `user` asks each user to authorize us (Workflow API) ·
 * `app` has the tenant's client credentials alone, which read the catalog and act for nobody.
 */
export const upstreamModes = ['jwt', 'user', 'app'] as const;
export type UpstreamMode = (typeof upstreamModes)[number];

/** Where a person connects an account: after our own page, `direct`ly on the upstream's, or on the upstream's in a popup of our page. */
export const upstreamConnects = ['page', 'direct', 'popup'] as const;
export type UpstreamConnect = (typeof upstreamConnects)[number];

/** Another server of this protocol, reached with a tenant's own credentials. The client's secret is in the vault. */
@Entity('upstreams')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@Unique('upstreams_tenant_id_name_key', ['tenantId', 'name'])
@Index('upstreams_due', ['dueAt'], { where: 'due_at IS NOT NULL' })
@Check('upstreams_mode_check', `mode IN ('jwt', 'user', 'app')`)
@Check('upstreams_connect_check', `connect IN ('page', 'direct', 'popup')`)
export class Upstream {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  id!: string;

  /** Leads the keys of its apps. */
  @Column('text')
  name!: string;

  /** For people. */
  @Column('text')
  title!: string;

  @Column('text')
  mode!: UpstreamMode;

  @Column('boolean', { default: true })
  enabled!: boolean;

  /** Absolute, without a final slash, as all of these. */
  @Column('text')
  apiUrl!: string;

  @Column('text')
  tokenUrl!: string;

  /** Of the mode `user`. */
  @Column('text', { nullable: true })
  authorizeUrl!: string | null;

  @Column('text')
  connectUrl!: string;

  /** Keys that its callbacks are signed with. */
  @Column('text')
  jwksUrl!: string;

  @Column('text')
  clientId!: string;

  /** `iss` of our JWTs. */
  @Column('text')
  issuer!: string;

  /** `aud` of our JWTs. */
  @Column('text')
  audience!: string;

  /** Names of the claims that say who the user is, and of which org. */
  @Column('text', { default: 'sub' })
  userClaim!: string;

  @Column('text', { default: 'org_id' })
  orgClaim!: string;

  /** Of the tokens that are asked for. */
  @Column('text', { array: true })
  scopes!: string[];

  @Column('text', { default: 'page' })
  connect!: UpstreamConnect;

  /** The legacy implicit grant in the mode `user`: no code, no refresh token. */
  @Column('boolean', { default: false })
  implicit!: boolean;

  /** In no window of so many seconds does it answer more calls of one address, and of one partner. */
  @Column('integer', { default: 60 })
  callsPerAddress!: number;

  @Column('integer', { default: 150 })
  callsPerPartner!: number;

  @Column('double precision', { default: 60 })
  windowSeconds!: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;

  /** It has said that it knows a request again by its idempotency key. */
  @Column('boolean', { default: false })
  honoursKeys!: boolean;

  /** When it last answered with sense. */
  @Column('timestamptz', { nullable: true })
  answeredAt!: Date | null;

  /** Calls that failed one after the other, with the first and the last of them: the circuit is open before `pausedUntil`. */
  @Column('integer', { default: 0 })
  failures!: number;

  @Column('timestamptz', { nullable: true })
  failingSince!: Date | null;

  @Column('text', { nullable: true })
  lastFailure!: string | null;

  @Column('timestamptz', { nullable: true })
  pausedUntil!: Date | null;

  /** What it said when it last refused our client, or a JWT of ours, a token; null since it gave one. */
  @Column('text', { nullable: true })
  refusal!: string | null;

  /** When its apps were last read to the end. */
  @Column('timestamptz', { nullable: true })
  syncedAt!: Date | null;

  /** Apps of the reading under way that are done, and when it began: whoever goes on begins there. */
  @Column('integer', { default: 0 })
  syncOffset!: number;

  /** Of how many, as it says. */
  @Column('integer', { nullable: true })
  syncTotal!: number | null;

  /** Why the last page could not be read; null since one could. */
  @Column('text', { nullable: true })
  syncFailure!: string | null;

  @Column('timestamptz', { nullable: true })
  syncBeganAt!: Date | null;

  /** When its apps are to be read next: a due row. */
  @Column('timestamptz', { nullable: true })
  dueAt!: Date | null;

  @Column('timestamptz', { nullable: true })
  leaseUntil!: Date | null;

  @Column('text', { nullable: true })
  leaseOwner!: string | null;

  @Column('integer', { default: 0 })
  version!: number;
}
