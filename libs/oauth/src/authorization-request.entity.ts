import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Client, User } from '#libs/tenants';

/** `code`: the code flow. `token`: implicit. */
export type ResponseType = 'code' | 'token';

/** One visit to the authorization endpoint, until it is answered. */
@Entity('authorization_requests')
@ForeignKey(() => Client, ['tenantId', 'clientId'], ['tenantId', 'clientId'], { onDelete: 'CASCADE' })
@ForeignKey(() => User, ['tenantId', 'userId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@Index('authorization_requests_challenge', ['tenantId', 'challengeDigest'], { unique: true })
@Index('authorization_requests_expires_at', ['expiresAt'])
@Check('authorization_requests_response_type_check', `response_type IN ('code', 'token')`)
export class AuthorizationRequest {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('uuid')
  id!: string;

  /** Of the `login_challenge` that the tenant's login page gets. */
  @Column('bytea')
  challengeDigest!: Buffer;

  /** Of the cookie of the browser that began: only that one may go on. */
  @Column('bytea')
  cookieDigest!: Buffer;

  @Column('text')
  clientId!: string;

  @Column('text')
  responseType!: ResponseType;

  @Column('text')
  redirectUri!: string;

  @Column('boolean')
  redirectUriGiven!: boolean;

  @Column('text', { array: true })
  scopes!: string[];

  /** The client's own, echoed verbatim. */
  @Column('text', { nullable: true })
  state!: string | null;

  @Column('text', { nullable: true })
  codeChallenge!: string | null;

  /** `approval_prompt=force`: the consent page is shown although the user consented before. */
  @Column('boolean')
  consentForced!: boolean;

  /** Null until the tenant's login page has said who it is. */
  @Column('uuid', { nullable: true })
  userId!: string | null;

  @Column('timestamptz')
  expiresAt!: Date;
}
