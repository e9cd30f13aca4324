import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { AuthorizationGrant } from './authorization-grant.entity.js';

/** Kept, once used, for as long as its grant: a second use ends the grant. */
@Entity('authorization_codes')
@ForeignKey(() => AuthorizationGrant, ['tenantId', 'grantId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@Index('authorization_codes_grant', ['tenantId', 'grantId'])
export class AuthorizationCode {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('bytea')
  digest!: Buffer;

  @Column('uuid')
  grantId!: string;

  /** Where it was sent. */
  @Column('text')
  redirectUri!: string;

  /** Whether the client named the redirect URI, so that it must name it again (RFC 6749 §4.1.3). */
  @Column('boolean')
  redirectUriGiven!: boolean;

  /** PKCE, S256. */
  @Column('text', { nullable: true })
  codeChallenge!: string | null;

  @Column('timestamptz')
  expiresAt!: Date;

  @Column('timestamptz', { nullable: true })
  usedAt!: Date | null;
}
