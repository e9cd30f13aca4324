import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import { Client, User } from '#libs/tenants';

/** `access`: for the partner's servers. `browser`: for pages of one origin. */
export type AccessTokenKind = 'access' | 'browser';

/** A token that we issued. Only its digest is kept, so a reader of the database can use none (protocol.md C37). */
@Entity('access_tokens')
@ForeignKey(() => Client, ['tenantId', 'clientId'], ['tenantId', 'clientId'], { onDelete: 'CASCADE' })
@ForeignKey(() => User, ['tenantId', 'userId'], ['tenantId', 'id'], { onDelete: 'CASCADE' })
@Index('access_tokens_expires_at', ['expiresAt'])
@Check('access_tokens_kind_check', `kind IN ('access', 'browser')`)
export class AccessToken {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('bytea')
  digest!: Buffer;

  @Column('text')
  kind!: AccessTokenKind;

  @Column('text')
  clientId!: string;

  @Column('uuid')
  userId!: string;

  @Column('text', { array: true })
  scopes!: string[];

  /** The one origin whose pages may use it; null unless `kind` is browser. */
  @Column('text', { nullable: true })
  origin!: string | null;

  @Column('timestamptz')
  expiresAt!: Date;
}
