import { Check, Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { App } from '#libs/catalog';
import { Tenant, User } from '#libs/tenants';
import { ConnectLink } from './connect-link.entity.js';

/** protocol.md C25; `pending`: consented, waiting for the partner's confirm call. One past its end that is not final is abandoned, noted so or not. */
export type AttemptState = 'issued' | 'opened' | 'consenting' | 'pending' | 'connected' | 'failed' | 'abandoned';

/** One try to connect an account, from the session code to the connection. It holds digests only: what it opens can't be read from it. */
@Entity('connect_attempts')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@ForeignKey(() => User, ['tenantId', 'userId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@ForeignKey(() => App, ['appId'], ['id'])
@ForeignKey(() => ConnectLink, ['tenantId', 'linkId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@Index('connect_attempts_of_link', ['tenantId', 'linkId'], { where: 'link_id IS NOT NULL' })
@Index('connect_attempts_session_code', ['tenantId', 'codeDigest'], { unique: true })
@Index('connect_attempts_oauth_state', ['tenantId', 'oauthStateDigest'], {
  unique: true,
  where: 'oauth_state_digest IS NOT NULL',
})
@Index('connect_attempts_expires_at', ['expiresAt'])
@Index('connect_attempts_under_way', ['expiresAt'], { where: `state IN ('opened', 'consenting', 'pending')` })
@Check('connect_attempts_theme_check', `theme IN ('light', 'dark')`)
@Check(
  'connect_attempts_state_check',
  `state IN ('issued', 'opened', 'consenting', 'pending', 'connected', 'failed', 'abandoned')`,
)
export class ConnectAttempt {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  userId!: string;

  @Column('uuid')
  appId!: string;

  /** To whom the session code was issued: disabled, it takes the attempt with it. */
  @Column('text', { nullable: true })
  clientId!: string | null;

  /** The authorization, and the access token, that the session code was exchanged for: ended, they take the attempt with them. */
  @Column('uuid', { nullable: true })
  grantId!: string | null;

  @Column('text', { nullable: true })
  rootId!: string | null;

  /** The hosted link that it was begun with. */
  @Column('uuid', { nullable: true })
  linkId!: string | null;

  /** What the partner calls the user; null where only the subject is known. */
  @Column('text', { nullable: true })
  userTitle!: string | null;

  @Column('text')
  state!: AttemptState;

  /** Of the session code. */
  @Column('bytea')
  codeDigest!: Buffer;

  @Column('timestamptz')
  codeExpiresAt!: Date;

  /** Of the cookie that the code was redeemed into: only that browser may go on. */
  @Column('bytea', { nullable: true })
  cookieDigest!: Buffer | null;

  /** Of the `state` sent to the third party. */
  @Column('bytea', { nullable: true })
  oauthStateDigest!: Buffer | null;

  /** When that state came back: from then on it is used up. */
  @Column('timestamptz', { nullable: true })
  returnedAt!: Date | null;

  /** Of the code that the partner confirms with. */
  @Column('bytea', { nullable: true })
  connectCodeDigest!: Buffer | null;

  @Column('text', { nullable: true })
  redirectUri!: string | null;

  /** In a popup whose opener was cut off: where the result goes instead. */
  @Column('text', { nullable: true })
  fallbackUri!: string | null;

  /** Of the page that opened Connect: the result is posted there. Believed only while the tenant has it registered. */
  @Column('text', { nullable: true })
  origin!: string | null;

  @Column('text', { nullable: true })
  theme!: 'light' | 'dark' | null;

  /** The partner's own `state`, echoed verbatim. */
  @Column('text', { nullable: true })
  partnerState!: string | null;

  /** Connection to renew instead of making a new one. */
  @Column('uuid', { nullable: true })
  reconnectId!: string | null;

  /** Whether another account of the app may take its place. */
  @Column('boolean', { default: false })
  anyAccount!: boolean;

  /** How often credentials were tried. */
  @Column('integer', { default: 0 })
  tries!: number;

  /** While the person is asked what to do: the connection that they have to this account already. */
  @Column('uuid', { nullable: true })
  duplicateId!: string | null;

  @Column('uuid', { nullable: true })
  connectionId!: string | null;

  @Column('text', { nullable: true })
  error!: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  /** End of the session code while issued, then of the session. */
  @Column('timestamptz')
  expiresAt!: Date;
}
