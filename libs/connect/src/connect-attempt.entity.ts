import { Check, Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { App } from '#libs/catalog';
import { Tenant, User } from '#libs/tenants';

/** protocol.md C25; `pending`: consented, waiting for the partner's confirm call. An attempt past its end that is not final is abandoned. */
export type AttemptState = 'issued' | 'opened' | 'consenting' | 'pending' | 'connected' | 'failed';

/** One try to connect an account, from the session code to the connection. It holds digests only: what it opens can't be read from it. */
@Entity('connect_attempts')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@ForeignKey(() => User, ['tenantId', 'userId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@ForeignKey(() => App, ['appId'], ['id'])
@Index('connect_attempts_session_code', ['tenantId', 'codeDigest'], { unique: true })
@Index('connect_attempts_oauth_state', ['tenantId', 'oauthStateDigest'], {
  unique: true,
  where: 'oauth_state_digest IS NOT NULL',
})
@Index('connect_attempts_expires_at', ['expiresAt'])
@Check('connect_attempts_state_check', `state IN ('issued', 'opened', 'consenting', 'pending', 'connected', 'failed')`)
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

  /** Of the `state` sent to the third party; null once it came back. */
  @Column('bytea', { nullable: true })
  oauthStateDigest!: Buffer | null;

  /** Of the code that the partner confirms with. */
  @Column('bytea', { nullable: true })
  connectCodeDigest!: Buffer | null;

  @Column('text', { nullable: true })
  redirectUri!: string | null;

  /** The partner's own `state`, echoed verbatim. */
  @Column('text', { nullable: true })
  partnerState!: string | null;

  /** Connection to renew instead of making a new one. */
  @Column('uuid', { nullable: true })
  reconnectId!: string | null;

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
