import { Check, Column, CreateDateColumn, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { TenantId } from '#libs/database';
import type { GrantName } from './client-defaults.js';
import { Tenant } from './tenant.entity.js';

/** OAuth client of a tenant. Its id carries the tenant, so the tenant is known before anything is looked up. */
@Entity('clients')
@ForeignKey(() => Tenant, ['tenantId'], ['id'], { onDelete: 'CASCADE' })
@Check('clients_refresh_grace_seconds_check', 'refresh_grace_seconds BETWEEN 0 AND 30')
@Check('clients_refresh_lifetime_seconds_check', 'refresh_lifetime_seconds BETWEEN 60 AND 315360000')
export class Client {
  @PrimaryColumn('uuid')
  tenantId!: TenantId;

  @PrimaryColumn('text')
  clientId!: string;

  @Column('text')
  name!: string;

  /** SHA-256 of the secret, which is shown once. Null for a public client. */
  @Column('bytea', { nullable: true })
  secretDigest!: Buffer | null;

  /** The secret before, for whoever still uses it until `previousSecretUntil`. */
  @Column('bytea', { nullable: true })
  previousSecretDigest!: Buffer | null;

  @Column('timestamptz', { nullable: true })
  previousSecretUntil!: Date | null;

  @Column('text', { array: true })
  grants!: GrantName[];

  @Column('text', { array: true })
  scopes!: string[];

  @Column('text', { array: true, default: '{}' })
  redirectUris!: string[];

  /** For how long a spent refresh token still gets what it was spent for; 0: it ends its grant at once (protocol.md C11). */
  @Column('integer', { default: 30 })
  refreshGraceSeconds!: number;

  /** From the user's consent, however often the token was refreshed since; null: without end (protocol.md §1.1). */
  @Column('integer', { nullable: true })
  refreshLifetimeSeconds!: number | null;

  /** While it is set, the client and its tokens are refused. */
  @Column('timestamptz', { nullable: true })
  disabledAt!: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}
